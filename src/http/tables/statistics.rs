//! Statistics as tables: the rows, and what was lost by indicator.

use serde_json::Value;

use super::columns::{Column, column};
use super::lists::entries;
use super::{Scene, Table, Tabled};
use crate::domain::statistics::Dimension;

pub(in crate::http) const STATISTICS: Tabled = Tabled { name: ("统计", "Statistics"), layout: statistics };

/// What is counted: member, Chinese and English.
const COUNTS: [(&str, &str, &str); 6] = [
    ("applied_count", "申报数", "Applied"),
    ("recommended_count", "推荐数", "Recommended by cities"),
    ("accepted_count", "受理数", "Accepted applications"),
    ("inspected_count", "考察数", "Inspected"),
    ("ranked_count", "排名数", "Applications ranked"),
    ("winner_count", "入选数", "Won"),
];

fn statistics(_: &Scene, answer: &Value) -> Vec<Table> {
    let counted = COUNTS.iter().map(|(member, zh, en)| column(format!("/{member}"), *zh, *en).number());
    let changed = COUNTS.iter().map(|(member, zh, en)| {
        column(format!("/change/{member}"), format!("{zh}比上届"), format!("{en}: change")).number()
    });
    let mut columns = vec![
        column("/by", "计数依据", "Counted by").words::<Dimension>(),
        column("/key", "编号或代码", "Number or code"),
        column("/name", "名称", "Name"),
    ];
    columns.extend(counted);
    columns.extend([
        column("/mean", "平均分", "Mean").number(),
        column("/lowest", "最低总分", "Lowest total").number(),
        column("/highest", "最高总分", "Highest total").number(),
    ]);
    columns.extend(changed);
    columns.push(column("/change/mean", "平均分比上届", "Mean: change").number());
    vec![
        Table {
            key: "counts",
            name: ("数量与得分", "Counts and totals"),
            columns,
            rows: entries(answer, "/rows"),
        },
        Table {
            key: "indicators",
            name: ("各指标平均失分", "Points lost by indicator"),
            columns: indicators(),
            rows: entries(answer, "/indicators"),
        },
    ]
}

fn indicators() -> Vec<Column> {
    vec![
        column("/criterion", "所属标准", "Criterion"),
        column("/name", "指标", "Indicator"),
        column("/possible", "满分", "Full marks").number(),
        column("/lost", "平均失分", "Lost, in the mean").number(),
        column("/lost_change", "平均失分比上届", "Lost: change").number(),
    ]
}
