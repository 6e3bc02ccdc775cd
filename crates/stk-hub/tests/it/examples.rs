//! The examples of the repository are taken as they stand.

use std::path::Path;

use crate::support::{Files, TestHub};

fn read(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[tokio::test]
async fn the_shop_deploys_without_an_error_and_again_without_a_change() {
    let (hub, database) = TestHub::with_database().await;
    hub.set_secret("MIGRATE_DATABASE_URL", &database.url).await;
    let shop = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shop"));
    let mut files = Files::new();
    for folder in ["schema", "config", "logic"] {
        read(&shop.join(folder), &format!("{folder}/"), &mut files);
    }
    let first = hub.deploy(&files).await;
    assert_eq!(first.diagnostics, []);
    let sql = files.keys().filter(|path| path.starts_with("logic/") && path.ends_with(".sql")).count();
    // `orders/quote` and `orders/reorder`; the other scripts are modules.
    assert_eq!(first.logic.added.len(), sql + 2);
    let second = hub.deploy(&files).await;
    assert!(!second.changed, "{second:#?}");
}
