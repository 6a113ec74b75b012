//! What commands tell when a file, an address or the database fails them: what it is, and what to do about it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;

use crate::error::{Error, Kind};

/// What was being done with a file or a folder.
#[derive(Clone, Copy)]
pub(super) enum Doing {
    Making,
    Opening,
    Reading,
    Writing,
    Locking,
    Removing,
    Replacing,
}

impl Doing {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Making => ("新建", "make"),
            Self::Opening => ("打开", "open"),
            Self::Reading => ("读取", "read"),
            Self::Writing => ("写入", "write"),
            Self::Locking => ("锁定", "lock"),
            Self::Removing => ("删除", "remove"),
            Self::Replacing => ("替换", "replace"),
        }
    }
}

/// A file that could not be made, read or written.
pub(super) fn failed(doing: Doing, path: &Path, error: &io::Error) -> Error {
    let ((zh, en), (why, why_en)) = (doing.words(), cause(error));
    let path = path.display();
    of(error, format!("无法{zh} {path}：{why}"), format!("Can't {en} {path}: {why_en}"))
}

/// An address that could not be listened on, given by an option.
pub(super) fn cannot_listen(address: SocketAddr, option: &str, error: &io::Error) -> Error {
    let (zh, en) = match error.kind() {
        ErrorKind::AddrInUse => (
            format!(
                "另一个程序（或另一个强链）正在使用，请停止它（ss -ltnp 可查看），或用 {option} 另选端口"
            ),
            format!(
                "another program uses it (perhaps another Qianglian): stop that one (`ss -ltnp` shows it), or choose another port with {option}"
            ),
        ),
        ErrorKind::PermissionDenied => (
            format!("没有权限：1024以下的端口请交给反向代理，用 {option} 另选端口"),
            format!(
                "permission is denied: leave ports below 1024 to a proxy, and choose another with {option}"
            ),
        ),
        ErrorKind::AddrNotAvailable => (
            format!("本机没有这个地址，请改 {option}"),
            format!("this machine has no such address; change {option}"),
        ),
        _ => (error.to_string(), error.to_string()),
    };
    of(error, format!("无法监听 {address}：{zh}"), format!("Can't listen on {address}: {en}"))
}

/// What a command printed did not all arrive.
pub(super) fn cannot_print(error: &io::Error) -> Error {
    let (zh, en) = cause(error);
    of(
        error,
        format!("无法写到标准输出，输出不完整：{zh}。命令所做的更改（如有）已经生效"),
        format!(
            "Can't write to standard output, so the output is not whole: {en}. What the command changed, if anything, is kept"
        ),
    )
}

fn of(error: &io::Error, zh: String, en: String) -> Error {
    let kind = if is_full(error) { Kind::InsufficientStorage } else { Kind::Internal };
    Error { inside: Some(error.to_string()), ..Error::new(kind, "failed", zh, en) }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn cause(error: &io::Error) -> (String, String) {
    let (zh, en) = match error.kind() {
        ErrorKind::PermissionDenied => (
            "没有权限，请检查其属主和权限，或换一个账号运行",
            "permission is denied; check its owner and mode, or run as another account",
        ),
        ErrorKind::NotFound => ("不存在，请检查路径", "there is no such file or folder; check the path"),
        ErrorKind::NotADirectory => {
            ("路径中有一段不是目录，请检查路径", "a part of the path is no folder; check the path")
        }
        ErrorKind::IsADirectory => ("是目录，应为文件", "it is a folder, not a file"),
        ErrorKind::AlreadyExists => {
            ("已存在，请移开或另选名称", "it is there already; move it away or choose another name")
        }
        ErrorKind::ReadOnlyFilesystem => ("文件系统只读", "the file system is read-only"),
        ErrorKind::FileTooLarge => {
            ("超过允许的文件大小（ulimit -f）", "it grows past the size that is allowed (`ulimit -f`)")
        }
        _ if is_full(error) => {
            ("磁盘空间或配额已满，请腾出空间后重试", "the disk or a quota is full; make room and try again")
        }
        _ => return (error.to_string(), error.to_string()),
    };
    (zh.to_owned(), en.to_owned())
}

/// What a database says, and what it means: words of SQLite, of libpq and of PostgreSQL.
const DATABASE: [(&[&str], &str, &str); 17] = [
    (
        &["could not translate host name"],
        "找不到 PostgreSQL 所在的主机：请检查 --database-url（QIANGLIAN_DATABASE_URL）中的主机名",
        "PostgreSQL's host is not known: check the host name in --database-url (QIANGLIAN_DATABASE_URL)",
    ),
    (
        &["password authentication failed", "no password supplied"],
        "PostgreSQL 不接受账号或密码：请检查数据库地址中的账号和密码",
        "PostgreSQL refuses the account or its password: check both in the database's address",
    ),
    (
        &["no pg_hba.conf entry"],
        "PostgreSQL 不允许从这里以这个账号连接：请在服务器的 pg_hba.conf 中放行",
        "PostgreSQL lets nobody connect from here as this account: allow it in the server's pg_hba.conf",
    ),
    (
        &["\" does not exist", "database \""],
        "PostgreSQL 中没有这个库：请检查地址中的库名，或先建库（CREATE DATABASE … LOCALE 'C' TEMPLATE template0，见 docs/operations.md）",
        "PostgreSQL has no such database: check its name in the address, or make it (CREATE DATABASE … LOCALE 'C' TEMPLATE template0, see docs/operations.md)",
    ),
    (
        &["\" does not exist", "role \""],
        "PostgreSQL 中没有这个账号：请检查地址中的账号，或先建立（CREATE ROLE，见 docs/operations.md）",
        "PostgreSQL has no such account: check it in the address, or make it (CREATE ROLE, see docs/operations.md)",
    ),
    (
        &["is not permitted to log in"],
        "这个 PostgreSQL 账号不能登录：请用 ALTER ROLE … LOGIN 放行，或换一个账号",
        "This account of PostgreSQL may not log in: allow it with ALTER ROLE … LOGIN, or use another",
    ),
    (
        &["too many clients", "remaining connection slots", "too many connections"],
        "PostgreSQL 的连接已用完：请减小 --database-threads，或增大 max_connections",
        "PostgreSQL has no connections left: lower --database-threads, or raise max_connections",
    ),
    (
        &["the database system is"],
        "PostgreSQL 正在启动、恢复或停止：请稍后再试",
        "PostgreSQL is starting, recovering or stopping: try again shortly",
    ),
    (
        &["SSL support is not compiled in"],
        "自带的 libpq 不含 TLS，地址中不能要求 sslmode：请经本机的 TLS 代理或内网连接（docs/operations.md）",
        "The libpq that is built in has no TLS, so the address can't ask for sslmode: go through a local TLS proxy or a private network (docs/operations.md)",
    ),
    (
        &[
            "Connection refused",
            "timeout expired",
            "Connection timed out",
            "No route to host",
            "Network is unreachable",
            "Is the server running",
        ],
        "连不上 PostgreSQL：请确认它已启动，地址和端口正确，网络可达（pg_isready 可检查）",
        "PostgreSQL can't be reached: see that it runs, that host and port are right, and that the network lets you (`pg_isready` tells)",
    ),
    (
        &["permission denied for"],
        "数据库账号权限不足：请以表的属主运行 qianglian migrate，再执行 docs/operations.md 中的授权语句",
        "The database's account may not do this: run `qianglian migrate` as the owner of the tables, then the grants of docs/operations.md",
    ),
    (
        &["file is not a database", "file is encrypted"],
        "数据目录中的 qianglian.db 不是 SQLite 数据库：请检查 --data，或由备份恢复（qianglian restore）",
        "qianglian.db in the data directory is no SQLite database: check --data, or restore a backup (`qianglian restore`)",
    ),
    (
        &["disk image is malformed"],
        "数据目录中的 qianglian.db 已损坏：请由备份恢复（qianglian restore）",
        "qianglian.db in the data directory is damaged: restore a backup (`qianglian restore`)",
    ),
    (
        &["unable to open database file"],
        "无法打开数据目录中的 qianglian.db：请检查 --data 及其属主和权限",
        "qianglian.db in the data directory can't be opened: check --data, its owner and its mode",
    ),
    (
        &["readonly database"],
        "数据目录中的数据库只读：请检查其属主和权限，以及文件系统是否只读",
        "The database in the data directory can only be read: check its owner and mode, and whether the file system is read-only",
    ),
    (
        &["database is locked"],
        "数据库正被另一程序锁定：请关闭用 sqlite3 等打开它的程序后重试",
        "Another program holds the database: close what has it open, such as sqlite3, and try again",
    ),
    (
        &["disk I/O error"],
        "磁盘读写出错：请检查磁盘、文件大小限制和内核日志（dmesg）",
        "Reading or writing the disk failed: check the disk, limits of sizes and the kernel's log (dmesg)",
    ),
];

/// What libpq says of an address that it can't read: it repeats all of it, with the password.
const ADDRESS: [&str; 4] =
    ["in connection info string", "invalid connection option", "in URI", "URI query parameter"];

/// The error as a command tells it: nobody has a request id there, and whoever reads it can mend it.
pub(super) fn explained(error: Error) -> Error {
    let Some(inside) = error.inside.as_deref().filter(|_| matches!(error.kind, Kind::Internal | Kind::Busy))
    else {
        return error;
    };
    if ADDRESS.iter().any(|words| inside.contains(words)) {
        return Error::bad_request(
            "database_url",
            "数据库地址写法不对，应为 postgres://账号:密码@主机:端口/库（特殊字符用 %XX）",
            "The database's address can't be read; write postgres://account:password@host:port/database (special characters as %XX)",
        );
    }
    let means = |words: &[&str]| match words {
        [both, other] if other.ends_with('"') => inside.contains(both) && inside.contains(other),
        any => any.iter().any(|words| inside.contains(words)),
    };
    let message = match DATABASE.iter().find(|(words, ..)| means(words)) {
        Some((_, zh, en)) => (*zh, *en),
        None if error.code == "internal" => ("命令未能完成", "The command could not be completed"),
        None => return error,
    };
    Error { message: crate::domain::problem::Message::new(message.0, message.1), ..error }
}
