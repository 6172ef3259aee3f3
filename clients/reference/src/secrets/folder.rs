use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{Secret, SecretError, SecretFuture, SecretName, SecretStore, TLS_SECRET};

/// Secrets mounted as files: `<folder>/<namespace>/<name>/<key>`, one file a key.
///
/// Files have no type, so every secret is taken to be a [`TLS_SECRET`]. Files whose names begin with a dot are
/// Kubernetes' own and are passed over.
#[derive(Debug, Clone)]
pub struct FolderSecrets {
    root: PathBuf,
}

impl FolderSecrets {
    /// The secrets below that folder.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }
}

impl SecretStore for FolderSecrets {
    fn get<'a>(&'a self, name: &'a SecretName) -> SecretFuture<'a> {
        Box::pin(async move {
            if !is_plain(&name.namespace) || !is_plain(&name.name) {
                return Err(SecretError::NotFound);
            }
            match read(&self.root.join(&name.namespace).join(&name.name)).await {
                Ok(data) => Ok(Secret { kind: TLS_SECRET.to_owned(), data }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SecretError::NotFound),
                Err(error) => Err(SecretError::Unavailable(error.into())),
            }
        })
    }
}

/// Whether a name stays in its folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\'])
}

async fn read(folder: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut data = BTreeMap::new();
    let mut entries = tokio::fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let Ok(key) = entry.file_name().into_string() else { continue };
        // Asked of the path, not of the entry: mounted keys are symbolic links.
        if !key.starts_with('.') && tokio::fs::metadata(entry.path()).await?.is_file() {
            data.insert(key, tokio::fs::read(entry.path()).await?);
        }
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(namespace: &str, name: &str) -> SecretName {
        SecretName { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    #[tokio::test]
    async fn reads_the_files_of_a_secret_and_nothing_outside() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("unikorn").join("client");
        std::fs::create_dir_all(folder.join("..data")).unwrap();
        std::fs::write(folder.join("tls.crt"), "certificate").unwrap();
        let store = FolderSecrets::new(root.path().to_owned());

        let secret = store.get(&name("unikorn", "client")).await.unwrap();
        assert_eq!(secret.kind, TLS_SECRET);
        assert_eq!(secret.data, BTreeMap::from([("tls.crt".to_owned(), b"certificate".to_vec())]));

        for (namespace, absent) in [("unikorn", "other"), ("unikorn", "../unikorn/client"), ("..", "unikorn")]
        {
            let answer = store.get(&name(namespace, absent)).await;
            assert!(matches!(answer, Err(SecretError::NotFound)), "{namespace} {absent}: {answer:?}");
        }
    }
}
