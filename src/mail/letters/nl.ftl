# The mails in Dutch. The reader is addressed as “u”.

hello = Beste { $name },
greeting = Goedendag,
desktop = U vindt dit op uw bureaublad:
ignore = Als u dit niet was, kunt u deze e-mail negeren: er verandert niets.
token = Als u de API gebruikt, geef dit token dan door aan { $mutation }:

## The account

verify-email = Welkom bij TwinSpace! Open deze link binnen 24 uur om uw adres te bevestigen:
    .subject = Bevestig uw e-mailadres
already-registered = Iemand, waarschijnlijk uzelf, heeft geprobeerd met dit adres een account te registreren. U hebt er al een: meld u aan, of vraag een nieuw wachtwoord aan als u het uwe bent vergeten.
    .subject = U hebt al een account
become-teacher = Iemand, waarschijnlijk uzelf, heeft zich met het adres van uw gastaccount als leerkracht geregistreerd. Open deze link binnen 24 uur om dit te bevestigen met het wachtwoord dat bij de registratie is gekozen. U behoudt al uw lidmaatschappen:
    .subject = Bevestig uw registratie als leerkracht
admitted = Uw registratie als leerkracht is geaccepteerd. U kunt nu andere leerkrachten vinden en projecten oprichten:
    .subject = U bent toegelaten als leerkracht
declined = Uw registratie als leerkracht is niet geaccepteerd. De opgegeven reden:
    .subject = U bent niet toegelaten als leerkracht
    .link = U kunt zich opnieuw registreren, bijvoorbeeld met een adres van uw school:
reset-password = Iemand, waarschijnlijk uzelf, heeft een nieuw wachtwoord aangevraagd. Open deze link binnen een uur om het te kiezen:
    .subject = Kies een nieuw wachtwoord
change-email = Iemand, waarschijnlijk uzelf, wil zich voortaan met dit adres aanmelden. Open deze link binnen 24 uur om dit te bevestigen:
    .subject = Bevestig uw nieuwe e-mailadres
email-changing = Iemand, waarschijnlijk uzelf, wil zich met een ander adres aanmelden. Naar dat adres is een link gestuurd om dit te bevestigen. Als u dit niet was, kent iemand uw wachtwoord: meld u aan en wijzig het meteen; daarmee vervalt ook de link.
    .subject = Uw e-mailadres wordt binnenkort gewijzigd

## Invitations

invitation = { $by } nodigt u uit voor het project ‘{ $project }’ { role }.
    .subject = { $by } nodigt u uit voor ‘{ $project }’
    .link = Open deze link om de uitnodiging aan te nemen:
invitation-from-pupil = U bent uitgenodigd voor het project ‘{ $project }’ { role }.
    .subject = U bent uitgenodigd voor ‘{ $project }’
    .link = Open deze link om de uitnodiging aan te nemen:
role = { $role ->
    [teacher-admin] als leerkracht met beheerrechten
    [teacher] als leerkracht
    [pupil-admin] als leerling met beheerrechten
    [pupil] als leerling
   *[visitor] om rond te kijken
}
ignore-invitation = Als u deze uitnodiging niet verwachtte, kunt u deze e-mail negeren.

## Contacts and messages

contact-request = { $by } wil graag een contact van u worden.
    .subject = { $by } wil graag een contact van u worden
    .link = U vindt het verzoek op uw bureaublad:
message = Een lid van de TwinSpace ‘{ $project }’ heeft u een bericht gestuurd.
    .subject = U hebt een nieuw bericht
    .link = U vindt het bericht in uw postvak:

## Projects

waiting = ‘{ $project }’ wacht op u
founding-proposed = { $by } nodigt u uit om het project samen op te richten.
    .subject = { waiting }
founding-accepted = { $by } heeft toegezegd. Nu beslissen de steunpunten.
    .subject = ‘{ $project }’: partnerschap aangenomen
founding-declined = { $by } heeft afgezegd. U kunt het project herzien en opnieuw versturen.
    .subject = ‘{ $project }’: partnerschap afgewezen
proposer-erased = Het account van wie het project voorstelde, is gewist. Daarom is het project ingetrokken.
    .subject = ‘{ $project }’: ingetrokken
cofounder-erased = Het account van uw partner is gewist. U kunt een andere partner kiezen en het project opnieuw versturen.
    .subject = ‘{ $project }’: uw partner is er niet meer
approval-asked = Het project wacht op een beslissing van uw steunpunt.
    .subject = { waiting }
approved = Het project is goedgekeurd en de TwinSpace ervan is geopend.
    .subject = ‘{ $project }’: goedgekeurd
not-approved = Een steunpunt heeft het project niet goedgekeurd. De reden staat bij het project.
    .subject = ‘{ $project }’: niet goedgekeurd
label-applied = { $by } heeft het kwaliteitslabel aangevraagd.
    .subject = { waiting }
label-granted = U hebt het kwaliteitslabel gekregen. Gefeliciteerd!
    .subject = ‘{ $project }’: kwaliteitslabel toegekend
label-refused = Uw aanvraag voor het kwaliteitslabel is afgewezen. De reden staat bij uw aanvraag.
    .subject = ‘{ $project }’: kwaliteitslabel afgewezen
nominated = Het project is genomineerd voor het Europese label. Gefeliciteerd!
    .subject = ‘{ $project }’: genomineerd voor het Europese label
succession-asked = Een voorstel om de bevoegdheden over te dragen van iemand die het project mee heeft opgericht en is vertrokken, wacht op uw beslissing.
    .subject = { waiting }
succession-proposed = U hebt de TwinSpace van het project verlaten. Uw oprichtersbevoegdheden kunnen aan een andere partner worden overgedragen.
    .subject = ‘{ $project }’: voorstel om uw oprichtersbevoegdheden over te dragen
powers = ‘{ $project }’: beslissing over oprichtersbevoegdheden
succession-approved = De oprichtersbevoegdheden zijn overgedragen aan de partner die u hebt voorgesteld.
    .subject = { powers }
succession-refused = De oprichtersbevoegdheden zijn niet overgedragen. De reden staat bij het project.
    .subject = { powers }
powers-lost = Uw oprichtersbevoegdheden zijn aan een andere partner overgedragen.
    .subject = { powers }
powers-kept = U behoudt uw oprichtersbevoegdheden.
    .subject = { powers }
powers-gained = U hebt nu oprichtersbevoegdheden in het project.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = Dit gaat over het project ‘{ $project }’.
question = ‘{ $project }’: een vraag over leerlingen
news = ‘{ $project }’: nieuws over leerlingen
pupils-asked = { about } { $count ->
    [one] { $by } vraagt om een van uw leerlingen in de TwinSpace ervan op te nemen.
   *[other] { $by } vraagt om { $count } van uw leerlingen in de TwinSpace ervan op te nemen.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] Een leerkracht vraagt om een leerling van wie de verantwoordelijke leerkracht geen account meer heeft.
   *[other] Een leerkracht vraagt om { $count } leerlingen van wie de verantwoordelijke leerkrachten geen account meer hebben.
}
    .subject = { question }
pupil-accepted = { about } De verantwoordelijke leerkracht heeft uw verzoek over een leerling aangenomen: de leerling is nu lid.
    .subject = { news }
pupil-declined = { about } De verantwoordelijke leerkracht heeft uw verzoek over een leerling afgewezen.
    .subject = { news }
pupil-granted = { about } Het steunpunt heeft uw verzoek over een leerling ingewilligd: de leerling is nu lid, en u bent verantwoordelijk.
    .subject = { news }
pupil-refused = { about } Het steunpunt heeft uw verzoek over een leerling afgewezen.
    .subject = { news }
custody-offered = { about } { $by } vraagt u de verantwoordelijkheid voor een leerling over te nemen.
    .subject = { question }
custody-declined = { about } De leerkracht aan wie u de verantwoordelijkheid voor een leerling hebt aangeboden, heeft afgezegd.
    .subject = { news }
takeover-asked = { about } Een leerkracht vraagt de verantwoordelijkheid voor een van uw leerlingen over te nemen. Dit gaat over zeven dagen in, tenzij u bezwaar maakt.
    .subject = { question }
takeover-asked-of-service = { about } Een leerkracht vraagt de verantwoordelijkheid over te nemen voor een leerling van wie de verantwoordelijke leerkracht daar niet meer lesgeeft.
    .subject = { question }
takeover-objected = { about } De verantwoordelijke leerkracht heeft bezwaar gemaakt. Het steunpunt van het land van de leerling beslist.
    .subject = { news }
takeover-refused = { about } Het steunpunt heeft beslist dat de verantwoordelijkheid voor de leerling niet verandert.
    .subject = { news }
custody-gained = { about } U bent nu verantwoordelijk voor nog een leerling.
    .subject = { news }
custody-lost = { about } De verantwoordelijkheid voor een van uw leerlingen is aan een andere leerkracht overgedragen.
    .subject = { news }

sentence = { about } { $what }
    .subject = ‘{ $project }’: nieuws
