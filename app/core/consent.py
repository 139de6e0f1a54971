"""Consent texts: what a signer agrees to, by version and language, each with its SHA-256.

A text that was ever shown is never edited: a change is a new version in `_TEXTS`. They are not in the
gettext catalogues, because a translation that moves would silently change what was agreed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent text. `tick` stands beside the box, `terms` can be opened below it."""

    version: str
    lang: str
    tick: str
    terms: tuple[str, ...]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) over the version, the language and every word."""
        text = "\n".join((self.version, self.lang, self.tick, *self.terms))
        return hashlib.sha256(text.encode()).hexdigest()


CURRENT = "2026-11"
FALLBACK = "en"

_TEXTS = (
    Consent(
        version="2026-11",
        lang="en",
        tick="I have read this document and agree to sign it electronically.",
        terms=(
            "I could read the whole document, enlarge it and download it before signing.",
            "What I put on these pages expresses my will to be bound by the document, as my handwritten "
            "signature would.",
            "This is an electronic signature. It is sealed by the sender's company and is not a qualified "
            "signature; some documents need another form, and the law of my country decides which.",
            "The time, my name, the address this link was sent to, my network address and my browser are "
            "kept as evidence with the document.",
            "I may refuse, ask the sender for paper instead, or keep the copy I receive when all have signed.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="fr",
        tick="J’ai lu ce document et j’accepte de le signer électroniquement.",
        terms=(
            "J’ai pu lire le document en entier, l’agrandir et le télécharger avant de signer.",
            "Ce que j’appose sur ces pages exprime ma volonté d’être engagé par le document, comme le ferait "
            "ma signature manuscrite.",
            "Il s’agit d’une signature électronique. Elle est scellée par l’entreprise de l’expéditeur et "
            "n’est pas une signature qualifiée ; certains documents exigent une autre forme, selon la loi de "
            "mon pays.",
            "L’heure, mon nom, l’adresse à laquelle ce lien a été envoyé, mon adresse réseau et mon "
            "navigateur sont conservés comme preuve avec le document.",
            "Je peux refuser, demander une version papier à l’expéditeur, et garder la copie que je recevrai "
            "quand tous auront signé.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="de",
        tick="Ich habe dieses Dokument gelesen und bin einverstanden, es elektronisch zu unterschreiben.",
        terms=(
            "Ich konnte das ganze Dokument vor dem Unterschreiben lesen, vergrößern und herunterladen.",
            "Was ich auf diese Seiten setze, drückt meinen Willen aus, an das Dokument gebunden zu sein, so "
            "wie es meine handschriftliche Unterschrift täte.",
            "Dies ist eine elektronische Unterschrift. Sie wird vom Unternehmen des Absenders versiegelt und "
            "ist keine qualifizierte Signatur; manche Dokumente brauchen eine andere Form, darüber "
            "entscheidet das Recht meines Landes.",
            "Die Zeit, mein Name, die Adresse, an die dieser Link ging, meine Netzwerkadresse und mein "
            "Browser werden als Nachweis mit dem Dokument aufbewahrt.",
            "Ich darf ablehnen, den Absender stattdessen um Papier bitten und das Exemplar behalten, das ich "
            "erhalte, wenn alle unterschrieben haben.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="es",
        tick="He leído este documento y acepto firmarlo electrónicamente.",
        terms=(
            "He podido leer todo el documento, ampliarlo y descargarlo antes de firmar.",
            "Lo que pongo en estas páginas expresa mi voluntad de quedar obligado por el documento, como lo "
            "haría mi firma manuscrita.",
            "Esta es una firma electrónica. La sella la empresa del remitente y no es una firma cualificada; "
            "algunos documentos necesitan otra forma, y lo decide la ley de mi país.",
            "La hora, mi nombre, la dirección a la que se envió este enlace, mi dirección de red y mi "
            "navegador se conservan como prueba con el documento.",
            "Puedo negarme, pedir en su lugar una versión en papel al remitente y conservar la copia que "
            "reciba cuando todos hayan firmado.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="it",
        tick="Ho letto questo documento e accetto di firmarlo elettronicamente.",
        terms=(
            "Ho potuto leggere tutto il documento, ingrandirlo e scaricarlo prima di firmare.",
            "Ciò che appongo su queste pagine esprime la mia volontà di essere vincolato dal documento, come "
            "farebbe la mia firma autografa.",
            "Questa è una firma elettronica. È sigillata dall’azienda del mittente e non è una firma "
            "qualificata; alcuni documenti richiedono un’altra forma, e lo decide la legge del mio Paese.",
            "L’ora, il mio nome, l’indirizzo a cui è stato inviato questo link, il mio indirizzo di rete e "
            "il mio browser sono conservati come prova con il documento.",
            "Posso rifiutare, chiedere invece la carta al mittente e conservare la copia che riceverò quando "
            "tutti avranno firmato.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="pl",
        tick="Znam treść tego dokumentu i zgadzam się podpisać go elektronicznie.",
        terms=(
            "Przed podpisaniem mogę przeczytać cały dokument, powiększyć go i pobrać.",
            "To, co umieszczam na tych stronach, wyraża moją wolę związania się dokumentem tak, jak mój "
            "podpis własnoręczny.",
            "To jest podpis elektroniczny. Pieczętuje go firma nadawcy i nie jest to podpis kwalifikowany; "
            "niektóre dokumenty wymagają innej formy, o czym decyduje prawo mojego kraju.",
            "Czas, moje imię i nazwisko, adres, na który wysłano ten link, mój adres sieciowy i moja "
            "przeglądarka są przechowywane z dokumentem jako dowód.",
            "Mogę odmówić, poprosić nadawcę o wersję papierową i zachować kopię, którą otrzymam, gdy wszyscy "
            "podpiszą.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="pt-BR",
        tick="Li este documento e concordo em assiná-lo eletronicamente.",
        terms=(
            "Pude ler o documento inteiro, ampliá-lo e baixá-lo antes de assinar.",
            "O que coloco nestas páginas expressa minha vontade de me obrigar pelo documento, como faria "
            "minha assinatura de próprio punho.",
            "Esta é uma assinatura eletrônica. Ela é selada pela empresa do remetente e não é uma assinatura "
            "qualificada; alguns documentos exigem outra forma, e a lei do meu país decide quais.",
            "A hora, meu nome, o endereço ao qual este link foi enviado, meu endereço de rede e meu "
            "navegador são guardados como prova com o documento.",
            "Posso recusar, pedir papel ao remetente e guardar a cópia que receberei quando todos tiverem "
            "assinado.",
        ),
    ),
    Consent(
        version="2026-11",
        lang="ru",
        tick="Документ мною прочитан, и я согласен(на) подписать его электронно.",
        terms=(
            "До подписания у меня была возможность прочитать весь документ, увеличить и скачать его.",
            "То, что я ставлю на этих страницах, выражает мою волю быть связанным(ой) документом так же, как "
            "моя собственноручная подпись.",
            "Это электронная подпись. Её запечатывает компания отправителя, и она не является "
            "квалифицированной; для некоторых документов нужна другая форма, это решает закон моей страны.",
            "Время, моё имя, адрес, на который отправлена ссылка, мой сетевой адрес и мой браузер хранятся "
            "вместе с документом как доказательство.",
            "Я могу отказаться, попросить у отправителя бумажный вариант и сохранить копию, которую получу, "
            "когда все подпишут.",
        ),
    ),
)


def current(lang: str) -> Consent:
    """Return the text in force in `lang`, in English when there is none."""
    return _find(CURRENT, lang) or _find_sure(CURRENT, FALLBACK)


def by_hash(text_hash: str) -> Consent | None:
    """Return the text in force whose hash is `text_hash`, in whichever language; else None."""
    texts = (text for text in _TEXTS if text.version == CURRENT)
    return next((text for text in texts if text.hash == text_hash), None)


def _find(version: str, lang: str) -> Consent | None:
    return next((t for t in _TEXTS if (t.version, t.lang) == (version, lang)), None)


def _find_sure(version: str, lang: str) -> Consent:
    return next(t for t in _TEXTS if (t.version, t.lang) == (version, lang))
