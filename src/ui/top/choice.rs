//! What the user chose with the keyboard: the order of rows, one of them, and what is done with it.

use std::cmp::Reverse;

use crate::ui::Key;

/// The order of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// As they come: services as in stack.toml.
    #[default]
    Given,
    /// The largest use of memory first.
    Memory,
    /// The largest use of CPUs first.
    Cpu,
    /// By name.
    Name,
}

/// The choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The order of rows.
    pub order: Order,
    /// The chosen row, by name.
    pub name: Option<String>,
    /// It is to be restarted, if that is confirmed.
    pub asks_restart: bool,
}

/// What a key asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Another look.
    Redraw,
    /// The end.
    Leave,
    /// The end of this view, not of what it was opened from.
    Back,
    /// The chosen row is restarted.
    Restart(String),
    /// A shell in the chosen row.
    Shell(String),
    /// The chosen row is opened.
    Open(String),
}

impl Choice {
    /// A key was pressed. `names` are those of the rows, in the order in which they are shown.
    pub fn press(&mut self, key: Key, names: &[&str]) -> Wish {
        let asked = std::mem::take(&mut self.asks_restart);
        match (key, self.name.clone()) {
            (Key::Quit, _) => return Wish::Leave,
            (Key::Escape, None) => return Wish::Back,
            // Any other key than `r` takes the question back, and does nothing else.
            (Key::Char('r'), Some(name)) if asked => return Wish::Restart(name),
            _ if asked => {}
            (Key::Escape, Some(_)) => self.name = None,
            (Key::Up | Key::Char('k'), _) => self.step(names, -1),
            (Key::Down | Key::Char('j'), _) => self.step(names, 1),
            (Key::Char('m'), _) => self.sort(Order::Memory),
            (Key::Char('c'), _) => self.sort(Order::Cpu),
            (Key::Char('n'), _) => self.sort(Order::Name),
            (Key::Char('r'), Some(_)) => self.asks_restart = true,
            (Key::Char('s'), Some(name)) => return Wish::Shell(name),
            (Key::Enter, Some(name)) => return Wish::Open(name),
            _ => {}
        }
        Wish::Redraw
    }

    /// The same key again is the order in which they came.
    fn sort(&mut self, order: Order) {
        self.order = if self.order == order { Order::Given } else { order };
    }

    /// Choose the next row, or the first.
    fn step(&mut self, names: &[&str], by: isize) {
        let last = names.len().saturating_sub(1);
        let at =
            self.at(names).map_or(if by < 0 { last } else { 0 }, |at| at.saturating_add_signed(by).min(last));
        self.name = names.get(at).map(|name| (*name).to_owned());
    }

    /// Which of these is chosen.
    pub fn at(&self, names: &[&str]) -> Option<usize> {
        let name = self.name.as_deref()?;
        names.iter().position(|known| *known == name)
    }
}

impl Order {
    /// Put rows in this order: `memory` and `cpu` are what each uses, `None` comes last.
    pub fn sort<T>(
        self,
        rows: &mut [T],
        name: impl Fn(&T) -> &str,
        memory: impl Fn(&T) -> Option<u64>,
        cpu: impl Fn(&T) -> Option<f64>,
    ) {
        match self {
            Self::Given => {}
            Self::Memory => rows.sort_by_key(|row| Reverse(memory(row))),
            Self::Cpu => rows.sort_by(|a, b| {
                let of = |row| cpu(row).unwrap_or(-1.0);
                of(b).total_cmp(&of(a))
            }),
            Self::Name => rows.sort_by(|a, b| name(a).cmp(name(b))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_chosen_and_closed() {
        let names = ["a", "b", "c"];
        let mut choice = Choice::default();
        let mut press = |key| (choice.press(key, &names), choice.name.clone());
        let chosen = |name: &str| (Wish::Redraw, Some(name.to_owned()));
        assert_eq!(press(Key::Char('r')), (Wish::Redraw, None), "nothing is chosen");
        assert_eq!(press(Key::Down), chosen("a"));
        assert_eq!(press(Key::Down), chosen("b"));
        assert_eq!(press(Key::Down), chosen("c"));
        assert_eq!(press(Key::Down), chosen("c"));
        assert_eq!(press(Key::Up), chosen("b"));
        assert_eq!(press(Key::Char('s')).0, Wish::Shell("b".to_owned()));
        assert_eq!(press(Key::Enter).0, Wish::Open("b".to_owned()));
        assert_eq!(press(Key::Escape), (Wish::Redraw, None));
        assert_eq!(press(Key::Up), chosen("c"));
        assert_eq!(press(Key::Quit).0, Wish::Leave);
        assert_eq!((press(Key::Escape).1, press(Key::Escape).0), (None, Wish::Back));
    }

    #[test]
    fn a_restart_is_confirmed_by_the_same_key() {
        let mut choice = Choice { name: Some("a".to_owned()), ..Choice::default() };
        let mut press = |key| (choice.press(key, &["a", "b"]), choice.asks_restart, choice.name.clone());
        let a = || Some("a".to_owned());
        assert_eq!(press(Key::Char('r')), (Wish::Redraw, true, a()));
        assert_eq!(press(Key::Down), (Wish::Redraw, false, a()), "no, and nothing else");
        assert_eq!(press(Key::Char('r')), (Wish::Redraw, true, a()));
        assert_eq!(press(Key::Char('r')), (Wish::Restart("a".to_owned()), false, a()));
    }

    #[test]
    fn the_same_key_again_is_the_order_in_which_they_came() {
        let mut choice = Choice::default();
        let rows = [("b", Some(1), Some(0.5)), ("c", None, None), ("a", Some(9), Some(0.1))];
        let mut by = |key: char| {
            choice.press(Key::Char(key), &[]);
            let mut sorted = rows;
            choice.order.sort(&mut sorted, |it| it.0, |it| it.1, |it| it.2);
            sorted.map(|row| row.0).concat()
        };
        assert_eq!((by('m'), by('c'), by('n')), ("abc".to_owned(), "bac".to_owned(), "abc".to_owned()));
        assert_eq!(by('n'), "bca");
    }
}
