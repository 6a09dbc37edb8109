//! The shop in a real browser: Chromium without a window, told what to do by `chromedriver`.

mod device;
mod driver;
mod looks;
mod open_shop;
mod separate_shop;

mod clicks;
mod login;
