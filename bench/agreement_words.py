"""The invented text of the agreements, in English and French."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Everything an agreement says in one language."""

    contract: str
    order: str
    secrecy: str
    between: str
    article: str
    price_head: str
    columns: tuple[str, ...]
    total: str
    delivery: str
    terms: str
    done: str
    agreed: str
    for_: str
    name: str
    date: str
    signature: str
    stamp: str
    initials: str
    page: str
    annex: str
    companies: list[str]
    people: list[str]
    cities: list[str]
    products: list[str]
    articles: list[tuple[str, str]]
    filler: list[str]
    cover: list[str]


ENGLISH = Words(
    contract="Services contract",
    order="Order form",
    secrecy="Confidentiality agreement",
    between="Between {us} (the provider) and {client} (the client), at {city}.",
    article="Article",
    price_head="Prices",
    columns=("Item", "Quantity", "Price", "Amount"),
    total="Total:",
    delivery="Delivery address:",
    terms="I have read and accept the general terms of sale.",
    done="Made in two originals at {city}, on {day}.",
    agreed="Read and approved",
    for_="For {}:",
    name="Name:",
    date="Date:",
    signature="Signature",
    stamp="Company stamp",
    initials="Initials:",
    page="page",
    annex="Annex",
    companies=["Lumen Works Ltd", "Azure Harbour Ltd", "North Mill Foods", "Orchard and Sons",
              "Peregrine Trading plc",
               "Blue Kettle Studio", "Granite Rooms Ltd", "The Copper Press", "Silver Fern Logistics",
              "Maple Yard"],
    people=["Clara Fontaine", "Mark Delorme", "Ines Carver", "Oliver Thorne", "Priya Nair", "Tom Ashby",
              "Helen Brandt",
            "Jonas Weller", "Ruth O'Keeffe", "Samuel van den Berg"],
    cities=["London", "Leeds", "Bristol", "York", "Newcastle upon Tyne"],
    products=["Design of a page", "Hosting, one year", "Photographs", "Training day", "Oak table",
              "Assembly on site",
              "Spare parts kit", "Translation", "Support contract, premium level", "Audit"],
    articles=[("Purpose", "The provider carries out for the client the work described below."),
              ("Term", "This contract runs for {n} months from its signature."),
              ("Payment", "Invoices are due within {n} days of their date."),
              ("Liability", "Neither party is liable for more than {n} % of the price."),
              ("Secrecy", "Each party keeps secret what it learns of the other for {n} months."),
              ("Ending", "Either party may end this contract with {n} days' notice in writing."),
              ("Law", "This contract is governed by the law of the seat of {us}.")],
    filler=["The parties work together in good faith and tell each other at once of anything that "
              "may delay the work.",
            "Any change is agreed in writing and signed by both parties; an e-mail is not enough.",
            "Costs of travel of more than {n} kilometres are invoiced separately, on presentation of receipts.",
            "{client} names one person who answers questions within {n} working days.",
            "Work is accepted when the client has used it for {n} days without a written remark.",
            "If a clause is void, the others remain in force and the parties replace it by the "
              "nearest valid one.",
            "Everything delivered remains the property of {us} until it has been paid in full."],
    cover=["Dear customer,",
              "Please find our proposal of {day} for {client}. We look forward to working with you.",
           "We have kept the prices of our last meeting. Questions are answered on +33 1 99 00 10 {n}.",
              "Yours sincerely, {us}"],
)  # fmt: skip

FRENCH = Words(
    contract="Contrat de prestation de services",
    order="Bon de commande",
    secrecy="Accord de confidentialité",
    between="Entre {us} (le prestataire) et {client} (le client), à {city}.",
    article="Article",
    price_head="Prix",
    columns=("Désignation", "Quantité", "Prix", "Montant"),
    total="Total :",
    delivery="Adresse de livraison :",
    terms="J'ai lu et j'accepte les conditions générales de vente.",
    done="Fait en deux exemplaires à {city}, le {day}.",
    agreed="Bon pour accord",
    for_="Pour {} :",
    name="Nom :",
    date="Date :",
    signature="Signature",
    stamp="Cachet de la société",
    initials="Paraphe :",
    page="page",
    annex="Annexe",
    companies=["Atelier Lumen SAS", "Azur et Compagnie", "Moulins du Nord", "Verger Frères",
              "Comptoir Pèlerin SA",
               "Studio Bouilloire", "Granit Intérieurs", "La Presse de Cuivre", "Fougère Logistique",
              "Cour d'Érable"],
    people=["Claire Fontaine", "Marc Delorme", "Inès Caron", "Olivier Tournier", "Priya Nair", "Thomas Aubry",
            "Hélène Brandt", "Jonas Veillard", "Ruth Kerven", "Samuel de La Berge"],
    cities=["Paris", "Lyon", "Nantes", "Lille", "Aix-en-Provence"],
    products=["Conception d'une page", "Hébergement, un an", "Photographies", "Journée de formation",
              "Table en chêne",
              "Montage sur place", "Lot de pièces", "Traduction", "Contrat d'assistance, niveau élevé", "Audit"],
    articles=[("Objet", "Le prestataire réalise pour le client les travaux décrits ci-dessous."),
              ("Durée", "Le présent contrat dure {n} mois à compter de sa signature."),
              ("Paiement", "Les factures sont payables à {n} jours de leur date."),
              ("Responsabilité", "Aucune partie ne répond au-delà de {n} % du prix."),
              ("Confidentialité",
              "Chaque partie garde le secret sur ce qu'elle apprend de l'autre pendant {n} mois."),
              ("Fin", "Chaque partie peut mettre fin au contrat par écrit avec un préavis de {n} jours."),
              ("Droit", "Le présent contrat est soumis au droit du siège de {us}.")],
    filler=["Les parties travaillent de bonne foi et se préviennent aussitôt de tout ce qui peut "
              "retarder les travaux.",
            "Toute modification est convenue par écrit et signée des deux parties ; un courriel ne suffit pas.",
            "Les déplacements de plus de {n} kilomètres sont facturés à part, sur présentation des "
              "justificatifs.",
            "{client} nomme une personne qui répond aux questions sous {n} jours ouvrés.",
            "Les travaux sont acceptés lorsque le client les a utilisés {n} jours sans remarque écrite.",
            "Si une clause est nulle, les autres restent en vigueur et les parties la remplacent "
              "par la plus proche.",
            "Tout ce qui est livré reste la propriété de {us} jusqu'à complet paiement."],
    cover=["Chère cliente, cher client,",
              "Voici notre proposition du {day} pour {client}. Nous nous réjouissons de travailler ensemble.",
           "Les prix sont ceux de notre dernier entretien. Nous répondons au +33 1 99 00 10 {n}.",
              "Bien à vous, {us}"],
)  # fmt: skip

WORDS = {"en": ENGLISH, "fr": FRENCH}
