"""What people touch: the Gradio dashboard, the command line, and the services behind both."""

__version__ = "0.1.0"
