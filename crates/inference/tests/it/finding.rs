//! What is found in the models' folder.

use crate::setup::on_device;
use candle_core::quantized::GgmlDType;
use inference::{Config, testing::TinyModel};
use llm::Capability;
use std::fs;

#[test]
fn files_and_folders_are_models_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let on_device = on_device(folder.path(), Config::default());
    assert_eq!(on_device.stock(), inference::Stock::default());
    assert!(!on_device.look(), "nothing has changed");
    TinyModel::random("llama").write_gguf(&folder.path().join("Tiny-1B.Q4_0.gguf"), GgmlDType::Q4_0).unwrap();
    TinyModel::random("qwen3").write_folder(&folder.path().join("small")).unwrap();
    fs::write(folder.path().join("README.md"), "no model").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert!(on_device.look());
    let stock = on_device.stock();
    assert_eq!(stock.unusable, []);
    let shown: Vec<_> = stock.models.iter().map(|spec| (spec.id(), spec.display_name.clone())).collect();
    let wanted = [("on-device/Tiny-1B.Q4_0", "Tiny"), ("on-device/small", "small")];
    assert_eq!(shown, wanted.map(|(id, name)| (id.to_owned(), name.to_owned())));
    let spec = &stock.models[0];
    assert_eq!((spec.context_window, spec.prices.clone()), (Some(256), Some(llm::Prices::default())));
    fs::remove_file(folder.path().join("Tiny-1B.Q4_0.gguf")).unwrap();
    assert!(on_device.look());
    assert_eq!(on_device.stock().models.len(), 1);
}

#[test]
fn the_context_is_bounded_by_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    TinyModel::random("llama").write_gguf(&folder.path().join("tiny.gguf"), GgmlDType::F32).unwrap();
    let config = Config { context_tokens: 100, ..Config::default() };
    assert_eq!(on_device(folder.path(), config).stock().models[0].context_window, Some(100));
    let off = Config { enabled: false, ..Config::default() };
    assert_eq!(on_device(folder.path(), off).stock().models, []);
}

#[test]
fn a_model_that_thinks_says_so_by_its_template() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = TinyModel::random("qwen3");
    model.template = Some("{{ '<think>' }}".to_owned());
    model.write_folder(&folder.path().join("thinks")).unwrap();
    let stock = on_device(folder.path(), Config::default()).stock();
    assert_eq!(stock.models[0].capabilities, [Capability::Chat, Capability::Reasoning]);
}

#[test]
fn a_sliding_window_bounds_the_context() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = TinyModel::random("mistral");
    model.config["sliding_window"] = 96.into();
    model.write_folder(&folder.path().join("mistral")).unwrap();
    let mut model = TinyModel::random("qwen2");
    model.config["sliding_window"] = 96.into();
    model.config["use_sliding_window"] = false.into();
    model.write_folder(&folder.path().join("qwen2")).unwrap();
    let stock = on_device(folder.path(), Config::default()).stock();
    assert_eq!(
        stock.models.iter().map(|spec| spec.context_window).collect::<Vec<_>>(),
        [Some(96), Some(256)]
    );
}
