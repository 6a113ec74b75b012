//! An object store that speaks S3 over a loopback port, in this process, with its objects in a folder.

use std::path::Path;

use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

pub(crate) const BUCKET: &str = "evidence-of-tests";
pub(crate) const ACCESS_KEY_ID: &str = "tester";
pub(crate) const SECRET_ACCESS_KEY: &str = "a-secret-of-tests";

/// Serves the folder until the test's runtime ends. Returns the address.
pub(crate) async fn serve(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join(BUCKET)).expect("a folder of tests can be made");
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder).expect("the folder is there"));
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
    let address = listener.local_addr().expect("the port has a number");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(hyper_util::rt::TokioExecutor::new());
                // A client that goes away is no concern of the server's.
                let _ = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    format!("http://{address}")
}
