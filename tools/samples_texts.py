"""Texts of the sample contracts. They show what a template can do; they are not legal advice."""

# ruff: noqa: E501 - sentences are easier to correct whole

from __future__ import annotations

WORDS = {
    "en": {
        "title": "Services contract",
        "subtitle": "No. {{ number }}, dated {{ today|date }}",
        "header": "Services contract No. {{ number }}",
        "footer": '{% if us.registration %} · Reg. No. {{ us.registration }}{% endif %} · {{ us.address|address("line") }}',
        "page": "Page",
        "provider": "The provider",
        "client": "The client",
        "registration": "Registration no.",
        "vat": "VAT no.",
        "email": "E-mail",
        "represented": "Represented by",
        "subject": "Subject",
        "price": "Services and price",
        "payment": "Payment",
        "performance": "Performance",
        "acceptance": "Acceptance",
        "confidentiality": "Confidentiality",
        "data": "Personal data",
        "liability": "Liability",
        "termination": "Term and termination",
        "law": "Governing law",
        "electronic": "Electronic signature",
        "columns": ("", "Service", "Quantity", "Unit price", "VAT", "Amount, net"),
        "net": "Total excluding VAT",
        "tax": "VAT",
        "gross": "Total including VAT",
        "in_words": "The total price is **{{ totals.gross|words }}**, taxes included.",
        "bank_label": "Payment details",
        "bank": "Bank",
        "account": "Account",
        "reference": "Reference to quote",
        "done": "Signed electronically by both parties; each of them receives an identical copy.",
        "for_provider": "For the provider",
        "for_client": "For the client",
        "date": "Date",
    },
    "fr": {
        "title": "Contrat de prestation",
        "subtitle": "N° {{ number }}, en date du {{ today|date }}",
        "header": "Contrat de prestation n° {{ number }}",
        "footer": '{% if us.registration %} · SIRET {{ us.registration }}{% endif %} · {{ us.address|address("line") }}',
        "page": "Page",
        "provider": "Le prestataire",
        "client": "Le client",
        "registration": "N° d’immatriculation",
        "vat": "N° de TVA",
        "email": "E-mail",
        "represented": "Représenté par",
        "subject": "Objet",
        "price": "Prestations et prix",
        "payment": "Paiement",
        "performance": "Exécution",
        "acceptance": "Recette",
        "confidentiality": "Confidentialité",
        "data": "Données personnelles",
        "liability": "Responsabilité",
        "termination": "Durée et résiliation",
        "law": "Droit applicable",
        "electronic": "Signature électronique",
        "columns": ("", "Prestation", "Quantité", "Prix unitaire", "TVA", "Montant HT"),
        "net": "Total hors taxes",
        "tax": "TVA",
        "gross": "Total toutes taxes comprises",
        "in_words": "Le prix total s’élève à **{{ totals.gross|words }}**, toutes taxes comprises.",
        "bank_label": "Coordonnées de paiement",
        "bank": "Banque",
        "account": "Compte",
        "reference": "Référence à rappeler",
        "done": "Signé par voie électronique par les deux parties ; chacune en reçoit un exemplaire identique.",
        "for_provider": "Pour le prestataire",
        "for_client": "Pour le client",
        "date": "Date",
    },
}

CLAUSES = {
    "en": {
        "subject": [
            "The client entrusts the provider, who accepts, with the services described below under the title "
            "**“{{ deal.title }}”**. Together with the table of services, this contract states all that the "
            "parties have agreed; it replaces earlier exchanges on the same subject."
        ],
        "price": [
            'The provider supplies {{ products|length|plural("the following service", "the following services") }}:'
        ],
        "payment": [
            "Invoices are payable within thirty days of their date, by bank transfer. A late payment bears "
            "interest at three times the legal rate, plus a fixed recovery fee of EUR 40."
        ],
        "performance": [
            "The provider carries out the services with the care of a skilled professional, and tells the client "
            "without delay of anything that may affect time or quality. The client provides the information and "
            "access that the work needs.",
            "{%p if responsible.name %}",
            "The provider’s contact for this contract is {{ responsible.name }}"
            "{% if responsible.phone %}, {{ responsible.phone|phone }}{% endif %}"
            "{% if responsible.email %}, {{ responsible.email }}{% endif %}.",
            "{%p endif %}",
        ],
        "acceptance": [
            "The client has ten working days from delivery to accept the services or to state reservations in "
            "writing. Without an answer in that time, the services are deemed accepted."
        ],
        "confidentiality": [
            "Each party keeps confidential what it learns of the other while performing this contract, during the "
            "contract and for three years after its end, unless the information is public or the law requires "
            "its disclosure."
        ],
        "data": [
            "Where the provider processes personal data for the client, it does so on the client’s instructions "
            "only, for the purposes of this contract, and deletes or returns the data at its end."
        ],
        "liability": [
            "The provider is liable for direct damage caused by its fault, up to the total price of this contract. "
            "This limit does not apply to wilful misconduct or to bodily injury."
        ],
        "termination": [
            "This contract takes effect on the day of the last signature and ends when the services are accepted and "
            "paid. Either party may end it if the other fails an essential duty and does not remedy it within "
            "thirty days of a written notice."
        ],
        "law": [
            "This contract is governed by the law of the provider’s country. The parties first seek an amicable "
            "solution; failing that, the courts of the provider’s seat have jurisdiction."
        ],
        "electronic": [
            "The parties agree to sign by electronic means and accept the signed file, its seal and its evidence "
            "pages as proof of their consent."
        ],
    },
    "fr": {
        "subject": [
            "Le client confie au prestataire, qui les accepte, les prestations décrites ci-après sous l’intitulé "
            "**« {{ deal.title }} »**. Avec le tableau des prestations, ce contrat exprime l’intégralité de l’accord "
            "des parties ; il remplace leurs échanges antérieurs sur le même objet."
        ],
        "price": [
            'Le prestataire fournit {{ products|length|plural("la prestation suivante", "les prestations suivantes") }} :'
        ],
        "payment": [
            "Les factures sont payables à trente jours de leur date, par virement bancaire. Tout retard entraîne des "
            "pénalités au taux de trois fois l’intérêt légal, ainsi qu’une indemnité forfaitaire de recouvrement de "
            "40 €."
        ],
        "performance": [
            "Le prestataire exécute les prestations avec le soin d’un professionnel et informe sans délai le client de "
            "tout ce qui peut affecter le calendrier ou la qualité. Le client fournit les informations et les accès "
            "nécessaires.",
            "{%p if responsible.name %}",
            "L’interlocuteur du client pour ce contrat est {{ responsible.name }}"
            "{% if responsible.phone %}, {{ responsible.phone|phone }}{% endif %}"
            "{% if responsible.email %}, {{ responsible.email }}{% endif %}.",
            "{%p endif %}",
        ],
        "acceptance": [
            "Le client dispose de dix jours ouvrés à compter de la livraison pour accepter les prestations ou formuler "
            "des réserves par écrit. Sans réponse dans ce délai, les prestations sont réputées acceptées."
        ],
        "confidentiality": [
            "Chaque partie garde confidentiel ce qu’elle apprend de l’autre à l’occasion du contrat, pendant son "
            "exécution et trois ans après sa fin, sauf information publique ou divulgation imposée par la loi."
        ],
        "data": [
            "Lorsque le prestataire traite des données personnelles pour le client, il agit sur ses seules "
            "instructions et pour les besoins du contrat, puis les efface ou les restitue à son terme."
        ],
        "liability": [
            "Le prestataire répond des dommages directs causés par sa faute, dans la limite du prix total du contrat. "
            "Cette limite ne joue ni en cas de faute intentionnelle, ni pour les dommages corporels."
        ],
        "termination": [
            "Le contrat prend effet au jour de la dernière signature et s’achève lorsque les prestations sont acceptées "
            "et payées. Chaque partie peut y mettre fin si l’autre manque à une obligation essentielle et n’y remédie "
            "pas dans les trente jours d’une mise en demeure écrite."
        ],
        "law": [
            "Le contrat est soumis au droit du pays du prestataire. Les parties recherchent d’abord une solution "
            "amiable ; à défaut, les tribunaux du siège du prestataire sont compétents."
        ],
        "electronic": [
            "Les parties conviennent de signer par voie électronique et acceptent le fichier signé, son cachet et ses "
            "pages de preuve comme preuve de leur consentement."
        ],
    },
}
