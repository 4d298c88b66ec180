"""What people touch: the Gradio dashboard, the command line, and the services behind both."""
