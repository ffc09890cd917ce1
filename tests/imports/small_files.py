"""A small file of each kind that can be imported, with rows that are good, bad, scattered and repeated."""

from __future__ import annotations

from pathlib import Path

FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "orders": (
        "order,customer,customer name,date,store,currency,refund of,payer,ship to,product,product name,category,"
        "quantity,gross,paid,discount,line recipient",
        (
            "A1,C1,Ada,2024-03-05 10:00,Lyon,EUR,,C2,C3,bread,Rye bread,bakery,2,5.00,4.50,0.50,",
            "A2,C2,Bo,2024-03-05T23:30:00Z,,JPY,,,,milk,,dairy,1,120,120,,",
            "R1,C1,,2024-03-07,,EUR,A1,,,bread,,,1,2.50,2.25,0.25,",
            "A1,C1,,2024-03-05 10:00,,,,,,milk,Milk,dairy,1.5,1.80,1.80,,C4",
            "A3,C3,,yesterday,,EUR,,,,bread,,,1,2.50,2.50,,",
            "A4,C3,,2024-03-08,,EUR,,,,bread,,,1,2.50,2.40,,",
            "A5,C3,,2024-03-08,,EUR,,,,bread,,,-1,2.50,2.50,,",
            "A6,C3,,2024-03-08,,XXQ,,,,bread,,,1,2.50,2.50,,",
            "R2,C1,,2024-03-09,,EUR,A1,,,bread,,,1,2.50,2.50,,",
            "R2,C1,,2024-03-09,,EUR,A1,,,milk,,,1,-1.50,-1.50,,",
            "A7,C1,,2024-03-09,,EUR,A7,,,milk,,,1,1.50,1.50,,",
            "A8,C1,,2024-03-09,,EUR,,,,milk,,,1,1.50x,1.50,,",
            "A9,C1,,2024-03-10,,EUR,,,,milk,,,1,1.50,1.50,,",
            "A9,C2,,2024-03-10,,EUR,,,,bread,,,1,1.50,1.50,,",
            "A10,C2,,2024-03-10,,EUR,,,,bread,,,1,1.50,1.50,,,left over",
        ),
    ),
    "customers": (
        "reference,given name,family name,type,birthday,colleague,email,work email,mobile,street,postcode,city,"
        "country,shopify id,tags",
        (
            'C1,Ada,Roux,personne,1985-12-10,no,ada@x.fr,ada@work.fr,0612345678,1 rue X,69001,Lyon,FR,S1,"vip, new"',
            "C2,Bo,,société,,yes,bo@x.fr,,,,,,,,",
            "C1,,,,,,,,0699999999,,,,,,",
            "C3,Cy,Noir,robot,,,,,,,,,,,",
            "C4,Di,Vert,,2090-01-01,,,,,,,,,,",
            "C5,Eve,Bleu,,1990-02-30,perhaps,,,,,,,,,",
            "C6,Flo,,,,,,,,,,,,,",
            ",Nobody,,,,,,,,,,,,,",
        ),
    ),
    "relations": (
        "customer,relation,related to,start,end",
        (
            "C1,Works for,C2,2020-01-05,",
            "C3,same household,C1,,",
            "C3,same household,C1,,2021-01-01",
            "C2,sibling,C3,,",
            "C1,parent,C3,2021-02-01,2020-02-01",
            "C1,,C3,,",
        ),
    ),
    "products": (
        "sku,name,category",
        (
            "P1,Bread,bakery",
            "P2,Milk,",
            "P1,,bakery",
            "P2,Whole milk,dairy",
            "P3,Jam,",
            ",Nothing,",
            f"{'P' * 70},Long,",
        ),
    ),
    "promotions": (
        "reference,product,category,type,start,end",
        (
            "F1,bread,,flyer,2024-03-01,2024-03-07",
            "F2,,dairy,display,2024-03-01,2024-03-07",
            "F3,milk,,flyer,2024-03-09,2024-03-01",
            "F4,milk,,flyer,soon,2024-03-01",
        ),
    ),
    "contracts": (
        "contract,customer,plan,start,end,period,amount,currency",
        (
            "K1,C1,gold,2024-01-01,,30,19.90,EUR",
            "K2,C2,gold,2024-01-01,2024-06-30,30,1990,JPY",
            "K3,C3,gold,2024-01-01,,0,19.90,EUR",
            "K4,C3,gold,2024-01-01,,30,-1,EUR",
            "K5,C3,gold,2024-01-01,,30,19.999,EUR",
        ),
    ),
}


def write_small_file(kind: str, folder: Path) -> Path:
    """The path of the small file of `kind`, written to `folder`."""
    headings, lines = FILES[kind]
    path = folder / f"{kind}.csv"
    path.write_text("".join(f"{line}\n" for line in (headings, *lines)), encoding="utf-8")
    return path
