//! Tables to be filled in: headings that imports know, what may stand below them, and what each means.

use std::collections::BTreeMap;

use super::XLSX;
use crate::actions::{account_imports, data};
use crate::domain::access::Role;
use crate::domain::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::files::{self, Cell, Grid};
use crate::http::request::{Reply, Request};

/// A column to be filled in: its heading, whether it must be, what it means, an example.
type Described = (&'static str, bool, &'static str, &'static str);

const ACCOUNTS: [Described; 5] = [
    (
        "登录名",
        true,
        "3至40个小写字母、数字、点、连字符或下划线，以字母开头；已有的登录名表示修改该账号",
        "region-320506",
    ),
    ("姓名或单位", true, "本人姓名，或单位名称", "苏州市吴中区申报"),
    ("角色", true, "从可选值中选择", "申报单位"),
    ("地区", false, "申报单位填其地区，设区市审核填设区市，其他角色留空；名称或六位代码", "苏州市吴中区"),
    ("邮箱", false, "用于接收通知和催办；留空则保持不变", "wuzhong@example.org"),
];

const EXPERTS: [Described; 10] = [
    ("姓名", true, "本人姓名", "张三"),
    ("单位", true, "单位全称", "南京大学"),
    ("职称", false, "专业技术职称", "教授"),
    ("地区", false, "单位所在地区：名称或六位代码；省外填代码", "南京市"),
    ("领域", true, "集群名称或序号，以分号分隔", "1；3"),
    ("工作量上限", true, "一届至多评几件", "20"),
    ("可参加抽取", true, "是或否", "是"),
    ("近三年任职单位", false, "如“甲公司@2024-06-30；乙公司”；写“无”表示没有，留空为未核实", "无"),
    ("电话", false, "联系电话", "025-83000000"),
    ("登录名", false, "已开立的专家账号；没有可留空", "expert-01"),
];

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A workbook to be filled in, with a sheet that says how.
fn template(
    name: &str,
    columns: &[Described],
    rows: Vec<Vec<Cell>>,
    choices: BTreeMap<u16, Vec<String>>,
    request: &Request,
) -> Result<Reply> {
    let heading = columns.iter().map(|(heading, ..)| (*heading).to_owned()).collect();
    let explained = columns.iter().map(|(heading, needed, meaning, example)| {
        vec![text(*heading), text(if *needed { "必填" } else { "" }), text(*meaning), text(*example)]
    });
    let grids = [
        Grid { name: name.to_owned(), heading, rows, choices },
        Grid {
            name: files::EXPLANATIONS.to_owned(),
            heading: ["列", "必填", "说明", "示例"].map(str::to_owned).to_vec(),
            rows: explained.collect(),
            choices: BTreeMap::new(),
        },
    ];
    let on = request.service.clock.now().date();
    let body = files::workbook(name, on, &grids).map_err(Error::internal)?;
    Ok(Reply::Attachment { media_type: XLSX, name: format!("{name}导入模板.xlsx"), body: body.into() })
}

/// Regions as they may stand in a table.
fn regions(catalogue: &Catalogue) -> Vec<String> {
    catalogue.regions.iter().map(|region| catalogue.region_name(&region.code)).collect()
}

/// A table of accounts: a row for each region that has none, its address to be filled in.
pub(in crate::http) async fn accounts(request: Request) -> Result<Reply> {
    let (rows, catalogue) = account_imports::missing(&request.service, &request.context).await?;
    let rows = rows.into_iter().map(|row| {
        let region = row.region.map_or_else(String::new, |code| catalogue.region_name(&code));
        vec![text(row.name), text(row.display_name), text(row.role.names().0), text(region), Cell::Empty]
    });
    let roles = Role::ALL.iter().map(|role| role.names().0.to_owned()).collect();
    let choices = BTreeMap::from([(2, roles), (3, regions(&catalogue))]);
    template("账号", &ACCOUNTS, rows.collect(), choices, &request)
}

/// A table of experts, empty.
pub(in crate::http) async fn experts(request: Request) -> Result<Reply> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let yes_or_no = ["是", "否"].map(str::to_owned).to_vec();
    let choices = BTreeMap::from([(3, regions(&catalogue)), (6, yes_or_no)]);
    template("专家", &EXPERTS, Vec::new(), choices, &request)
}
