//! Unit tests.

use diesel::QueryableByName;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use futures_util::future::join_all;

use super::*;
use crate::error::Kind;

fn open() -> (tempfile::TempDir, Db) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db").display().to_string();
    (directory, Db::open(&Address::Sqlite(path), 1).unwrap())
}

fn add(conn: &mut Conn, name: &str) -> Result<()> {
    accounts::next_number(conn, name).map(drop)
}

async fn count(db: &Db) -> usize {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        #[expect(dead_code, reason = "rows are counted")]
        name: String,
    }
    let rows = db.read("count", |conn| Ok(sql_query("SELECT name FROM counter").load::<Name>(conn)?.len()));
    rows.await.unwrap()
}

#[tokio::test]
async fn of_jobs_that_are_committed_together_one_that_fails_undoes_itself_alone() {
    let (_directory, db) = open();
    let jobs = (0..40).map(|number| {
        db.write("test", move |conn| {
            add(conn, &number.to_string())?;
            match number % 4 {
                0 => Err(Error::not_found()),
                1 => panic!("a bug in a job"),
                _ => Ok(()),
            }
        })
    });
    let outcomes = join_all(jobs).await;
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match number % 4 {
            0 => assert_eq!(outcome.unwrap_err().kind, Kind::NotFound),
            1 => assert_eq!(outcome.unwrap_err().kind, Kind::Internal),
            _ => outcome.unwrap(),
        }
    }
    assert_eq!(count(&db).await, 20);
    assert_eq!(db.committed(), 20);
}

#[tokio::test]
async fn a_read_writes_nothing_and_the_queue_has_an_end() {
    let (_directory, db) = open();
    let outcome = db.read("test", |conn| add(conn, "x").and(Err::<(), _>(Error::not_found()))).await;
    assert!(outcome.is_err());
    assert_eq!(count(&db).await, 0);
    // More jobs at once than may wait: the rest is told to come back, and none is lost.
    let jobs = (0..2_000).map(|number| db.write("test", move |conn| add(conn, &number.to_string())));
    let outcomes = join_all(jobs).await;
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().map_or_else(|error| error.kind == Kind::Busy, |()| true))
    );
    assert_eq!(count(&db).await, done);
}

#[tokio::test]
async fn of_jobs_that_are_committed_together_none_is_done_where_the_disk_is_full() {
    let (_directory, db) = open();
    let outcomes = |full: bool| {
        let jobs = (0..10).map(|number| {
            db.write("test", move |conn| {
                add(conn, &number.to_string())?;
                let big = "CREATE TABLE filling AS SELECT zeroblob(9000000)";
                if full && number == 5 { Ok(conn.batch_execute(big)?) } else { Ok(()) }
            })
        });
        join_all(jobs.collect::<Vec<_>>())
    };
    db.write("test", |conn| Ok(conn.batch_execute("PRAGMA max_page_count = 1")?)).await.unwrap();
    let told = outcomes(true).await;
    assert!(told.iter().any(|told| told.as_ref().is_err_and(|error| error.code == "storage_full")));
    let done = told.iter().filter(|told| told.is_ok()).count();
    assert_eq!(count(&db).await, done);
    assert!(outcomes(false).await.iter().all(Result::is_ok));
}

#[test]
fn a_database_that_may_lose_what_it_acknowledged_is_refused() {
    let (directory, _db) = open();
    let path = directory.path().join("test.db").display().to_string();
    let mut conn = Conn::open(&Address::Sqlite(path)).unwrap();
    assert!(check(&mut conn).is_ok());
    conn.batch_execute("PRAGMA synchronous = NORMAL").unwrap();
    assert_eq!(check(&mut conn).unwrap_err().kind, Kind::Internal);
}
