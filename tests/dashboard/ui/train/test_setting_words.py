from dashboard.ui.train import setting_words


def test_names_of_files_and_networks_keep_their_underscores() -> None:
    assert setting_words.value("mobilenetv2_100") == "mobilenetv2_100"
    assert setting_words.value("class_weights", "balance") == "Class weights"
    assert setting_words.name("backbone") == "Network"
    assert setting_words.name("layout") == "Order of pixels in memory"
