//! In the runner, a module uses only modules above it in `lib.rs`.

use std::path::{Path, PathBuf};

#[test]
fn a_module_uses_only_modules_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let root = std::fs::read_to_string(src.join("lib.rs")).unwrap();
    let modules: Vec<&str> = root
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    assert!(modules.len() > 1, "lib.rs lists its modules one a line");
    for (place, module) in modules.iter().enumerate() {
        for file in files(&src, module) {
            let text = std::fs::read_to_string(&file).unwrap();
            for below in &modules[place + 1..] {
                let uses =
                    text.contains(&format!("crate::{below}::")) || text.contains(&format!("crate::{below};"));
                assert!(!uses, "{} uses `{below}`, which is below `{module}` in lib.rs", file.display());
            }
        }
    }
}

fn files(src: &Path, module: &str) -> Vec<PathBuf> {
    let mut found = vec![src.join(format!("{module}.rs"))];
    let mut folders = vec![src.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("the source folder can be read").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.retain(|file| file.extension().is_some_and(|ending| ending == "rs") && file.exists());
    found
}
