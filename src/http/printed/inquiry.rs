//! The letter that asks a department about many applications.

use futures_util::FutureExt;
use serde_json::Value;

use super::{Issued, Printed, Scene, typed};
use crate::actions::inquiries::{InquiredApplication, InquiryView};
use crate::domain::notice::chinese_date;
use crate::domain::official::{Block, Cell, Identity, OfficialDocument, Table};
use crate::error::Result;

pub(in crate::http) const JOINT_INQUIRY: Printed = Printed {
    key: "joint_inquiry",
    name: ("否决事项函询函", "Inquiry of several applications"),
    issued: Issued::ByOffice,
    write: |scene, answer| async { letter(scene, answer) }.boxed_local(),
};

/// The annexes of the letter: whom it asks about, and a form for the reply.
const ANNEXES: [&str; 2] = ["核查名单", "核查结果回执"];

fn letter(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: InquiryView = typed(answer)?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let identity = Identity { party: view.department.clone(), ..scene.identity(JOINT_INQUIRY.name.0) };
    let title = format!("关于商请核查{}申报主体有关情况的函", settings.title);
    let mut document = OfficialDocument::new(identity, title);
    scene.head(&mut document);
    if !view.document_number.is_empty() {
        document.number.clone_from(&view.document_number);
    }
    document.addressee.clone_from(&view.department);
    document.paragraph(format!(
        "根据{}，我办组织开展{}。为做好审查工作，商请贵单位就附件1所列{}件申报的申报主体及相关企业是否存在下列情形予以核查，并书面复函。",
        settings.authority,
        settings.title,
        view.applications.len()
    ));
    let mut items = Table::headed(&[(8, "序号"), (96, "核查事项")]);
    for (index, item) in view.items.iter().enumerate() {
        items.row(vec![Cell::centred((index + 1).to_string()), Cell::text(&item.title)]);
    }
    document.table(items);
    document.paragraph("核查结果请填写附件2，加盖公章后随复函一并反馈。");
    scene.end(&mut document, &ANNEXES, chinese_date(view.dated));
    document.blocks.push(Block::Annex { name: "附件1".to_owned(), title: ANNEXES[0].to_owned() });
    document.table(named(&view.applications));
    document.blocks.push(Block::Annex { name: "附件2".to_owned(), title: ANNEXES[1].to_owned() });
    document.paragraph(format!("填报单位（盖章）：{}", view.department));
    document.table(form(&view));
    Ok(vec![document])
}

fn named(applications: &[InquiredApplication]) -> Table {
    let mut table = Table::headed(&[
        (8, "序号"),
        (30, "申报编号和名称"),
        (26, "申报主体"),
        (42, "相关企业及统一社会信用代码"),
    ]);
    for (index, application) in applications.iter().enumerate() {
        let firms = application.firms.iter().map(|firm| format!("{}（{}）", firm.name, firm.credit_code));
        table.row(vec![
            Cell::centred((index + 1).to_string()),
            Cell::text(format!("{} {}", application.application_number, application.title)),
            Cell::text(application.parties.join("、")),
            Cell::text(firms.collect::<Vec<_>>().join("；")),
        ]);
    }
    table
}

/// A row for each application, a column for each item, by its number in the letter.
fn form(view: &InquiryView) -> Table {
    let numbers: Vec<String> =
        view.items.iter().enumerate().map(|(index, _)| format!("事项{}", index + 1)).collect();
    let mut columns = vec![(8, "序号"), (34, "申报编号和名称")];
    columns.extend(numbers.iter().map(|number| (14, number.as_str())));
    columns.push((18, "说明"));
    let mut table = Table::headed(&columns);
    for (index, application) in view.applications.iter().enumerate() {
        let mut cells = vec![
            Cell::centred((index + 1).to_string()),
            Cell::text(format!("{} {}", application.application_number, application.title)),
        ];
        for item in &view.items {
            let asks = application.items.iter().any(|asked| asked.item == item.item);
            cells.push(Cell::centred(if asks { "□无 □有" } else { "—" }));
        }
        cells.push(Cell::text(""));
        table.row(cells);
    }
    table
}
