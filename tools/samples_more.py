"""Texts of the other sample documents: invoice, act of acceptance, NDA, power of attorney. Not legal advice.

Each is what differs from the services contract's words, and its body: a list of blocks.
"""

# ruff: noqa: E501 - sentences are easier to correct whole

from __future__ import annotations

Block = tuple[str, ...]

MORE: dict[str, dict[str, dict[str, object]]] = {
    "invoice": {
        "en": {
            "title": "Invoice",
            "tall": 21,
            "header": "Invoice No. {{ number }}",
            "subtitle": "No. {{ number }}, issued {{ today|date }}",
            "provider": "Seller",
            "client": "Bill to",
            "for_provider": "For the seller",
            "for_client": "Received and accepted for the client",
            "in_words": "Amount due: **{{ totals.gross|words }}**, taxes included.",
            "done": "Issued and accepted electronically; each party receives an identical copy.",
            "body": [
                ("text", "Concerning: **{{ deal.title }}**"),
                ("products",),
                ("totals",),
                ("heading", "Payment"),
                ("bank",),
                (
                    "text",
                    "Payable within thirty days of the date of this invoice, by bank transfer. Late payment carries interest at the statutory rate and a fixed recovery charge of €40.",
                ),
            ],
        },
        "fr": {
            "title": "Facture",
            "tall": 21,
            "header": "Facture n° {{ number }}",
            "subtitle": "N° {{ number }}, émise le {{ today|date }}",
            "provider": "Vendeur",
            "client": "Facturé à",
            "for_provider": "Pour le vendeur",
            "for_client": "Reçu et accepté pour le client",
            "in_words": "Arrêtée à la somme de **{{ totals.gross|words }}**, toutes taxes comprises.",
            "done": "Émise et acceptée par voie électronique ; chaque partie reçoit un exemplaire identique.",
            "body": [
                ("text", "Objet : **{{ deal.title }}**"),
                ("products",),
                ("totals",),
                ("heading", "Règlement"),
                ("bank",),
                (
                    "text",
                    "Payable à trente jours de la date de facture, par virement bancaire. Pas d’escompte pour paiement anticipé. Tout retard entraîne des pénalités au taux de trois fois l’intérêt légal et une indemnité forfaitaire de recouvrement de 40\u00a0€.",
                ),
            ],
        },
    },
    "acceptance": {
        "en": {
            "title": "Act of acceptance",
            "tall": 21,
            "header": "Act of acceptance No. {{ number }}",
            "subtitle": "No. {{ number }}, dated {{ today|date }}",
            "in_words": "Value of what was delivered: **{{ totals.gross|words }}**, taxes included.",
            "body": [
                ("heading", "What was delivered"),
                (
                    "text",
                    "Under **“{{ deal.title }}”** the provider has delivered, and the client has received, the following:",
                ),
                ("products",),
                ("totals",),
                ("heading", "Findings of the client"),
                ("text", "The client has examined the deliverables and accepts them."),
                (
                    "text",
                    '{{ tick("client", "Accepted without reservations", required=false) }}\u2002Accepted without reservations',
                ),
                (
                    "text",
                    '{{ tick("client", "Accepted with reservations", required=false) }}\u2002Accepted with the reservations below',
                ),
                (
                    "text",
                    '{{ ask("client", "Reservations", required=false, width=165, height=16) }}',
                ),
                ("heading", "Effect"),
                (
                    "text",
                    "Acceptance starts the periods of payment and warranty agreed by the parties. Reservations named above are remedied without delay and accepted in a separate act.",
                ),
            ],
        },
        "fr": {
            "title": "Procès-verbal de réception",
            "tall": 21,
            "header": "Procès-verbal de réception n° {{ number }}",
            "subtitle": "N° {{ number }}, en date du {{ today|date }}",
            "in_words": "Valeur des livrables : **{{ totals.gross|words }}**, toutes taxes comprises.",
            "body": [
                ("heading", "Livrables"),
                (
                    "text",
                    "Au titre de **« {{ deal.title }} »**, le prestataire a livré et le client a reçu ce qui suit :",
                ),
                ("products",),
                ("totals",),
                ("heading", "Constat du client"),
                ("text", "Le client a examiné les livrables et prononce la réception."),
                (
                    "text",
                    '{{ tick("client", "Réception sans réserve", required=false) }}\u2002Réception sans réserve',
                ),
                (
                    "text",
                    '{{ tick("client", "Réception avec réserves", required=false) }}\u2002Réception avec les réserves ci-dessous',
                ),
                ("text", '{{ ask("client", "Réserves", required=false, width=165, height=16) }}'),
                ("heading", "Effets"),
                (
                    "text",
                    "La réception fait courir les délais de paiement et de garantie convenus. Les réserves sont levées sans délai et constatées par un procès-verbal distinct.",
                ),
            ],
        },
    },
    "nda": {
        "en": {
            "title": "Non-disclosure agreement",
            "header": "Non-disclosure agreement No. {{ number }}",
            "subtitle": "No. {{ number }}, dated {{ today|date }}",
            "provider": "First party",
            "client": "Second party",
            "for_provider": "For the first party",
            "for_client": "For the second party",
            "body": [
                ("heading", "Purpose"),
                (
                    "text",
                    "The parties are considering working together on **“{{ deal.title }}”** and will exchange information for that purpose alone.",
                ),
                ("heading", "Confidential information"),
                (
                    "text",
                    "Confidential is everything one party discloses to the other, in whatever form, that is marked as such or that a reasonable person would understand to be so: business plans, prices, customers, designs, code, data.",
                ),
                (
                    "text",
                    "Not confidential is what was public or already known, what becomes public without fault of the receiver, and what the receiver develops or lawfully obtains independently.",
                ),
                ("heading", "Duties"),
                (
                    "text",
                    "Each party keeps the other’s information secret, protects it as its own, uses it for the purpose only, and shares it only with employees and advisers who need it and are bound alike.",
                ),
                (
                    "text",
                    "Disclosure ordered by law or a court is permitted; the other party is told beforehand where the law allows.",
                ),
                ("heading", "Return"),
                (
                    "text",
                    "On request, and at the latest when talks end, each party returns or deletes what it received; copies that the law or ordinary backups keep remain subject to this agreement.",
                ),
                ("heading", "Term"),
                (
                    "text",
                    "This agreement takes effect on the last signature and lasts two years; the duties survive for three years more, and for trade secrets as long as they are secret.",
                ),
                ("heading", "No other rights"),
                (
                    "text",
                    "Nothing here obliges either party to conclude a further contract or transfers any intellectual property.",
                ),
                ("heading", "Governing law"),
                (
                    "text",
                    "The law of the first party’s country governs; the courts of its seat have jurisdiction after an attempt to settle amicably.",
                ),
            ],
        },
        "fr": {
            "title": "Accord de confidentialité",
            "header": "Accord de confidentialité n° {{ number }}",
            "subtitle": "N° {{ number }}, en date du {{ today|date }}",
            "provider": "Première partie",
            "client": "Seconde partie",
            "for_provider": "Pour la première partie",
            "for_client": "Pour la seconde partie",
            "body": [
                ("heading", "Objet"),
                (
                    "text",
                    "Les parties envisagent de collaborer sur **« {{ deal.title }} »** et échangeront des informations à cette seule fin.",
                ),
                ("heading", "Informations confidentielles"),
                (
                    "text",
                    "Est confidentiel tout ce qu’une partie communique à l’autre, sous quelque forme que ce soit, et qui est signalé comme tel ou qu’une personne raisonnable tiendrait pour tel : projets, prix, clients, conceptions, code, données.",
                ),
                (
                    "text",
                    "N’est pas confidentiel ce qui était public ou déjà connu, ce qui le devient sans faute du destinataire, et ce que celui-ci développe ou obtient licitement par ailleurs.",
                ),
                ("heading", "Obligations"),
                (
                    "text",
                    "Chaque partie garde secrètes les informations de l’autre, les protège comme les siennes, ne s’en sert qu’à la fin convenue et ne les partage qu’avec les salariés et conseils qui en ont besoin et sont tenus de même.",
                ),
                (
                    "text",
                    "La divulgation ordonnée par la loi ou un tribunal est permise ; l’autre partie en est avertie au préalable lorsque la loi l’autorise.",
                ),
                ("heading", "Restitution"),
                (
                    "text",
                    "Sur demande, et au plus tard à la fin des échanges, chaque partie restitue ou efface ce qu’elle a reçu ; les copies conservées par obligation légale ou sauvegarde ordinaire restent soumises au présent accord.",
                ),
                ("heading", "Durée"),
                (
                    "text",
                    "L’accord prend effet à la dernière signature pour deux ans ; les obligations se poursuivent trois ans de plus, et aussi longtemps que dure le secret pour les secrets d’affaires.",
                ),
                ("heading", "Absence d’autres droits"),
                (
                    "text",
                    "Le présent accord n’oblige à conclure aucun autre contrat et ne transfère aucun droit de propriété intellectuelle.",
                ),
                ("heading", "Droit applicable"),
                (
                    "text",
                    "Le droit du pays de la première partie s’applique ; à défaut de solution amiable, les tribunaux de son siège sont compétents.",
                ),
            ],
        },
    },
    "power_of_attorney": {
        "en": {
            "title": "Power of attorney",
            "tall": 21,
            "header": "Power of attorney No. {{ number }}",
            "subtitle": "No. {{ number }}, dated {{ today|date }}",
            "provider": "The attorney",
            "client": "The principal",
            "for_provider": "The attorney accepts",
            "for_client": "The principal",
            "done": "Given and accepted electronically; each party receives an identical copy.",
            "body": [
                ("heading", "Authority"),
                (
                    "text",
                    "{{ client.full_name }}{% if client.director %}, represented by {{ client.director }}{% endif %}, authorises {{ us.full_name }}{% if us.director %}, represented by {{ us.director }}{% endif %}, to act in its name and on its behalf in the matter **“{{ deal.title }}”**.",
                ),
                ("heading", "Scope"),
                (
                    "text",
                    "The attorney may file and receive documents, make declarations before authorities and third parties, and do all that this matter ordinarily requires. The attorney may not sell, mortgage or give away property of the principal, nor borrow in its name.",
                ),
                (
                    "text",
                    '{{ tick("client", "The attorney may appoint a substitute", required=false) }}\u2002The attorney may appoint a substitute',
                ),
                ("text", "Further instructions or limits:"),
                (
                    "text",
                    '{{ ask("client", "Further instructions or limits", required=false, width=165, height=16) }}',
                ),
                ("heading", "Duties"),
                (
                    "text",
                    "The attorney acts with care and in the principal’s interest, reports on request, and hands over without delay whatever is received for the principal.",
                ),
                ("heading", "Term"),
                (
                    "text",
                    "This power takes effect on the last signature and ends after one year, when the matter is settled, or when either side revokes it in writing; whichever comes first.",
                ),
                ("heading", "Form"),
                (
                    "text",
                    "Some acts need another form, such as a notary’s. For those this power is not enough.",
                ),
            ],
        },
        "fr": {
            "title": "Procuration",
            "tall": 21,
            "header": "Procuration n° {{ number }}",
            "subtitle": "N° {{ number }}, en date du {{ today|date }}",
            "provider": "Le mandataire",
            "client": "Le mandant",
            "for_provider": "Le mandataire accepte",
            "for_client": "Le mandant",
            "done": "Donnée et acceptée par voie électronique ; chaque partie reçoit un exemplaire identique.",
            "body": [
                ("heading", "Pouvoir"),
                (
                    "text",
                    "{{ client.full_name }}{% if client.director %}, représenté par {{ client.director }}{% endif %}, donne pouvoir à {{ us.full_name }}{% if us.director %}, représenté par {{ us.director }}{% endif %}, d’agir en son nom et pour son compte dans l’affaire **« {{ deal.title }} »**.",
                ),
                ("heading", "Étendue"),
                (
                    "text",
                    "Le mandataire peut déposer et recevoir tous documents, faire toutes déclarations auprès des administrations et des tiers, et accomplir ce que l’affaire requiert d’ordinaire. Il ne peut ni vendre, ni hypothéquer, ni donner les biens du mandant, ni emprunter en son nom.",
                ),
                (
                    "text",
                    '{{ tick("client", "Le mandataire peut se substituer un tiers", required=false) }}\u2002Le mandataire peut se substituer un tiers',
                ),
                ("text", "Instructions ou limites particulières :"),
                (
                    "text",
                    '{{ ask("client", "Instructions ou limites particulières", required=false, width=165, height=16) }}',
                ),
                ("heading", "Obligations"),
                (
                    "text",
                    "Le mandataire agit avec soin et dans l’intérêt du mandant, rend compte sur demande et remet sans délai ce qu’il reçoit pour lui.",
                ),
                ("heading", "Durée"),
                (
                    "text",
                    "La procuration prend effet à la dernière signature et s’éteint au bout d’un an, au règlement de l’affaire, ou par révocation écrite de l’une des parties, au premier de ces termes.",
                ),
                ("heading", "Forme"),
                (
                    "text",
                    "Certains actes exigent une autre forme, notariée par exemple. La présente procuration n’y suffit pas.",
                ),
            ],
        },
    },
}
"""By kind and language."""
