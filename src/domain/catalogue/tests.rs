//! Unit tests.

use super::*;
use crate::domain::table::{Column, Row, Table};

#[test]
fn a_region_is_told_from_others_of_its_name() {
    let catalogue = jiangsu();
    let name = |code: &str| catalogue.region_name(&code.parse().unwrap());
    assert_eq!((name("320302"), name("320106")), ("徐州市鼓楼区".to_owned(), "南京市鼓楼区".to_owned()));
    assert_eq!((name("320500"), name("320583")), ("苏州市".to_owned(), "苏州市昆山市".to_owned()));
    // A zone's name says its city; that of a district that only sounds like it does not.
    assert_eq!((name("320576"), name("320803")), ("苏州工业园区".to_owned(), "淮安市淮安区".to_owned()));
    assert_eq!(name("999999"), "");
    let names: Vec<String> =
        catalogue.regions.iter().map(|region| catalogue.region_name(&region.code)).collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
}

/// A table as CSV without cells that need quotation marks.
fn table(csv: &str) -> Table {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes());
    let rows = reader.records().enumerate().map(|(index, record)| Row {
        number: index + 1,
        cells: record.unwrap().iter().map(str::to_owned).collect(),
    });
    Table { rows: rows.collect(), ..Table::default() }
}

#[test]
fn a_row_that_cannot_be_read_says_where() {
    let catalogue = jiangsu();
    let told = |csv: &str| {
        let sent = table(csv);
        let is_of_chains = csv.starts_with("cluster_no");
        let read = if is_of_chains { catalogue.with_chains(&sent) } else { catalogue.with_regions(&sent) };
        let problems = read.unwrap_err();
        format!("{} {}", problems[0].pointer, problems[0].message.zh)
    };
    let chains = "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note\n";
    assert_eq!(told(&format!("{chains}一,集群,1,链,yes,yes,")), "/rows/1/cluster_no 第1行：序号应为整数");
    assert_eq!(
        told(&format!("{chains}1,集群,1,链,yes,yes,\n1,群集,2,链二,是,未知,")),
        "/rows/2/cluster_name 第2行：集群1有两个名称"
    );
    let regions = "code,name,kind,parent\n";
    assert!(told(&format!("{regions}320100,南京市,city,320000,x")).starts_with("/rows/1 第1行有5格"));
    assert_eq!(told(&format!("{regions}32x100,南京市,city,320000")), "/rows/1/code 第1行：代码应为六位数字");
    assert_eq!(
        told(&format!("{regions}320106,鼓楼区,county,鼓楼区")),
        "/rows/1/parent 第1行：有多个地区叫“鼓楼区”，请写全称：南京市鼓楼区、徐州市鼓楼区"
    );
    assert!(told("kode,name,kind,parent\n320100,南京市,city,320000").starts_with("/heading 未知的列“kode”"));
}

fn jiangsu() -> Catalogue {
    Catalogue::read_json(JIANGSU.as_bytes()).unwrap()
}

#[test]
fn tables_to_be_edited_are_read_again_unchanged() {
    let mut catalogue = jiangsu();
    catalogue.clusters[0].chains[0].source_note = Some("依据“苏政办发”，第2条,\n\"另见\"".to_owned());
    let sheet = |columns: &[Column], rows: Vec<Vec<String>>| {
        let heading = columns.iter().map(|column| column.name().to_owned()).collect();
        let rows = std::iter::once(heading).chain(rows).enumerate();
        Table { rows: rows.map(|(at, cells)| Row { number: at + 1, cells }).collect(), ..Table::default() }
    };
    let chains = sheet(&CHAIN_COLUMNS, catalogue.chain_rows().map(Vec::from).collect());
    assert_eq!(catalogue.with_chains(&chains).unwrap(), catalogue);
    let regions = sheet(&REGION_COLUMNS, catalogue.region_rows().map(Vec::from).collect());
    assert_eq!(catalogue.with_regions(&regions).unwrap(), catalogue);
}

#[test]
fn the_province_is_as_the_plan_says() {
    let catalogue = jiangsu();
    assert_eq!(catalogue.clusters.len(), 14);
    assert_eq!(catalogue.chains().count(), 50);
    assert_eq!(catalogue.chains().filter(|(_, chain)| chain.excellence_target).count(), 10);
    let advantage = |wanted| catalogue.chains().filter(|(_, chain)| chain.advantage == wanted).count();
    assert_eq!(
        (advantage(Advantage::Yes), advantage(Advantage::No), advantage(Advantage::Unknown)),
        (11, 0, 39)
    );
    // Beside those of the plan one is reported by the press, which its source says.
    let reported = |chain: &Chain| chain.advantage == Advantage::Yes && !chain.excellence_target;
    assert!(catalogue.chains().all(|(_, c)| !c.excellence_target || c.advantage == Advantage::Yes));
    assert!(catalogue.chains().all(|(_, c)| reported(c) == c.source_note.is_some()));
    let kind = |wanted| catalogue.regions.iter().filter(|region| region.kind == wanted).count();
    assert_eq!((kind(RegionKind::City), kind(RegionKind::County), kind(RegionKind::Zone)), (13, 95, 9));
    let code = |text: &str| text.parse::<RegionCode>().unwrap();
    assert_eq!(catalogue.city_of(&code("320576")), Some(&code("320500")));
    assert_eq!(catalogue.city_of(&code("320600")), Some(&code("320600")));
    assert_eq!(catalogue.city_of(&code("310000")), None);
}

#[test]
fn contradictions_are_found() {
    let codes = |change: fn(&mut Catalogue)| {
        let mut catalogue = jiangsu();
        change(&mut catalogue);
        catalogue.check().iter().map(|p| (p.pointer.clone(), p.code)).collect::<Vec<_>>()
    };
    let found = |pointer: &str, code| vec![(pointer.to_owned(), code)];
    assert_eq!(codes(|c| c.clusters[1].no = 1), found("/clusters/1/no", "duplicate"));
    assert_eq!(
        codes(|c| c.clusters[1].chains[0].no = ChainNumber(1)),
        found("/clusters/1/chains/0/no", "duplicate")
    );
    assert_eq!(
        codes(|c| c.clusters[0].chains[1].name = "特高压设备".into()),
        found("/clusters/0/chains/1/name", "duplicate")
    );
    assert_eq!(
        codes(|c| c.clusters[0].chains[0].advantage = Advantage::No),
        found("/clusters/0/chains/0/advantage", "contradiction")
    );
    assert_eq!(
        codes(|c| c.regions[1].parent = c.regions[2].code.clone()),
        found("/regions/1/parent", "parent")
    );
    assert_eq!(
        codes(|c| c.regions[2].code = c.regions[1].code.clone()),
        found("/regions/2/code", "duplicate")
    );
    assert_eq!(codes(|c| c.regions[0].name = " ".into()), found("/regions/0/name", "name"));
}

#[test]
fn a_table_replaces_its_own_part_and_changes_are_listed() {
    let catalogue = jiangsu();
    let csv = "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note\n\
               1,新能源,1,特高压设备,yes,yes,\n1,新能源,2,光伏,no,no,某文件\n";
    let new = catalogue.with_chains(&table(csv)).unwrap();
    assert_eq!(new.regions, catalogue.regions);
    assert!(new.check().is_empty());
    let changes = catalogue.changes_to(&new);
    assert!(changes.regions.is_empty());
    assert_eq!(changes.clusters.len(), 14);
    let chain_2: Vec<_> = changes.chains.iter().filter(|change| change.key == "2").collect();
    assert_eq!(chain_2.len(), 3);
    assert_eq!(chain_2[0].before.as_deref(), Some("晶硅光伏"));
    assert_eq!(changes.chains.iter().filter(|change| change.after.is_none()).count(), 48);

    let chinese = csv
        .replace(
            "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note",
            "集群序号,集群名称,产业链序号,产业链名称,是否卓越提升,是否优势产业链,来源",
        )
        .replace("no,no", "否,否");
    assert_eq!(catalogue.with_chains(&table(&chinese)).unwrap(), new);
    let wrong = catalogue.with_chains(&table(&csv.replace("no,no", "no,maybe"))).unwrap_err();
    assert_eq!(wrong[0].pointer, "/rows/2/advantage");
    assert!(catalogue.with_regions(&table("code,name,kind,parent\n3205,x,city,320000\n")).is_err());
    assert!(catalogue.with_regions(&table("code,name,kind,parent\n")).is_err());
    let named = table("代码,名称,类别,上级\n320500,苏州市,设区市,320000\n320506,吴中区,区,苏州市\n");
    assert_eq!(catalogue.with_regions(&named).unwrap().regions[1].parent.as_str(), "320500");
}
