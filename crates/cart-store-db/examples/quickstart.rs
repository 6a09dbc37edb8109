//! Two devices, one cart, one SQLite file.
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::error::Error;
use std::path::Path;

use cart_core::{
    CartHandle, Carts, Condition, Currency, ItemUpdate, Money, NewItem, Owner, QuantityChange,
};
use cart_store_db::{SqliteCartStore, SqliteConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("carts.db");
    let (usd, ada) = (Currency::parse("USD")?, Owner::user("ada")?);

    println!("1. Two devices at one cart. Each opens the file by itself.");
    let phone = device(&file, &ada).await?;
    let laptop = device(&file, &ada).await?;
    let price = Money::parse("4.50", usd)?;
    phone.add(NewItem::new("tea", "Green tea", price)).await?;
    let (here, there) = tokio::join!(add_tea(&phone, 100), add_tea(&laptop, 100));
    here.and(there)?;
    let units = phone.load().await?.cart()?.quantity();
    println!("   1 tea, and both added 100 at the same time: {units}. Nothing is lost.\n");

    println!("2. The laptop shows an old page; meanwhile the phone goes down to 2 teas.");
    let mut page = laptop.load().await?;
    let two = ItemUpdate::new().quantity(QuantityChange::To(2));
    phone.update("tea", two).await?;
    page.edit(|cart| cart.add(NewItem::new("tea", "Green tea", price)))?;
    let Err(error) = page.save().await else {
        return Err("a stale page was saved".into());
    };
    let conflict = error.conflict().ok_or("another error than a conflict")?;
    println!("   Saving the page: {error}");
    println!("   What it can do: {:?}\n", conflict.suggestions());

    println!("3. A cup, a discount, a parcel.");
    let cup = NewItem::new("cup", "Cup", Money::parse("12.00", usd)?);
    laptop.add(cup).await?;
    let autumn = Condition::discount("autumn", "10%", usd)?;
    laptop.apply(autumn).await?;
    let parcel = Condition::shipping("parcel", "standard", "+3.90", usd)?;
    laptop.apply(parcel).await?;

    println!("   The program ends, starts again, opens the file, and finds:");
    drop((phone, laptop));
    let cart = device(&file, &ada).await?.load().await?;
    for item in cart.items()?.iter() {
        let (quantity, name, price) = (item.quantity(), item.name(), item.price());
        println!("   {quantity} x {name} at {price}");
    }
    let totals = cart.totals()?;
    let [plain, discounted, total] = [
        totals.subtotal_without_conditions,
        totals.subtotal,
        totals.total,
    ]
    .map(|amount| Money::new(amount, usd));
    println!("   {plain}, less the discount {discounted}, with the parcel {total}");
    Ok(())
}

async fn device(file: &Path, owner: &Owner) -> cart_core::Result<CartHandle> {
    let store = SqliteCartStore::open(SqliteConfig::file(file)).await?;
    Ok(Carts::new(store).cart(owner.clone(), "default")?)
}

async fn add_tea(cart: &CartHandle, times: u32) -> cart_core::Result<()> {
    for _ in 0..times {
        let one_more = ItemUpdate::new().quantity(QuantityChange::By(1));
        cart.update("tea", one_more).await?;
    }
    Ok(())
}
