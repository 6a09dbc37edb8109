//! What the shop looks like, and to whom.

use std::env;
use std::fs;
use std::path::Path;

use super::device::Device;
use super::driver::{Driver, Screen};
use super::open_shop::OpenShop;

/// The folder for pictures of the shop; none are taken without it.
const PICTURES: &str = "STOREFRONT_PICTURES";

/// Of these pages.
const PICTURED: [&str; 6] = [
    "desktop",
    "desktop-cart",
    "dark",
    "phone",
    "phone-cart",
    "phone-checkout",
];

/// What is wrong with a page: text without enough contrast (WCAG AA), a control without a name or too
/// small for a finger, headings that skip a level, anything that is wider than the screen, a script.
const FLAWS: &str = r"
const flaws = [];
const shown = element => element.getClientRects().length > 0;
const parts = colour => colour.match(/[\d.]+/g).map(Number);
const light = colour => parts(colour).slice(0, 3)
  .map(part => part / 255)
  .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
const ground = element => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (parts(colour).length < 4 || parts(colour)[3] > 0) return colour;
  }
  return 'rgb(255, 255, 255)';
};
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()).join('');
  if (!own || !shown(element) || element.closest('[aria-hidden]')) continue;
  const [lighter, darker] = [getComputedStyle(element).color, ground(element)].map(light).sort((a, b) => b - a);
  const contrast = (lighter + 0.05) / (darker + 0.05);
  if (contrast < 4.5) flaws.push(`contrast ${contrast.toFixed(2)}: ${own}`);
}
for (const control of document.querySelectorAll('button, input:not([type=hidden])')) {
  const name = control.ariaLabel || control.innerText || [...control.labels ?? []].map(label => label.innerText).join('');
  if (!name.trim()) flaws.push(`no name: ${control.outerHTML}`);
  if (control.getBoundingClientRect().height < 24) flaws.push(`too small: ${name}`);
}
let level = 0;
for (const heading of document.querySelectorAll('h1, h2, h3')) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) flaws.push(`heading skips a level: ${heading.innerText}`);
  level = next;
}
if (document.querySelectorAll('h1').length !== 1) flaws.push('not one h1');
if (!document.documentElement.lang) flaws.push('no language');
if (document.documentElement.scrollWidth > innerWidth) flaws.push(`${document.documentElement.scrollWidth} wide`);
if (document.querySelector('script')) flaws.push('a script');
return flaws;
";

async fn check(device: &Device, page: &str) {
    let flaws = device.client.execute(FLAWS, vec![]).await.expect("a page");
    assert_eq!(flaws, serde_json::json!([]), "{page}");
    if let Some(folder) = env::var_os(PICTURES)
        && PICTURED.contains(&page)
    {
        let picture = device.client.screenshot().await.expect("a picture");
        let file = Path::new(&folder).join(format!("storefront-{page}.png"));
        fs::write(file, picture).expect("a file");
    }
}

/// Looks at each page.
async fn walk(device: &Device, screen: &str) {
    device.open("/").await;
    check(device, screen).await;
    for product in ["soda", "whole milk", "citrus fruit", "pastry", "coffee"] {
        device.add(product).await;
    }
    device.wish("bottled beer").await;
    device.save_for_later("pastry").await;
    device.fill("#code", "summer").await;
    device.click(".coupon button").await;
    check(device, &format!("{screen}-cart")).await;
    device.open("/wishlist").await;
    check(device, &format!("{screen}-wishlist")).await;
    device.open("/login").await;
    check(device, &format!("{screen}-login")).await;
    device.open("/cart").await;
    device.click("form[action='/checkout'] button").await;
    check(device, &format!("{screen}-checkout")).await;
    device.sign_in("ann", "tea").await;
    device.open("/?aisle=household").await;
    check(device, &format!("{screen}-aisle")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_can_be_read_and_used_by_everybody_on_a_laptop() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let laptop = driver.device(Screen::LAPTOP, &shop.address).await;
    walk(&laptop, "desktop").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_can_be_read_and_used_by_everybody_on_a_phone() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let phone = driver.device(Screen::PHONE, &shop.address).await;
    walk(&phone, "phone").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_can_be_read_and_used_by_everybody_in_the_dark() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let laptop = driver.device(Screen::LAPTOP.dark(), &shop.address).await;
    walk(&laptop, "dark").await;
}
