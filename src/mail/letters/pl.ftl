# The mails in Polish. The reader is addressed as “Państwo”, which suits everybody.

hello = Dzień dobry, { $name }!
greeting = Dzień dobry!
desktop = Znajdą to Państwo na swoim pulpicie:
ignore = Jeśli to nie Państwo, proszę zignorować tę wiadomość: nic się nie zmieni.
token = Jeśli korzystają Państwo z API, proszę przekazać ten token do { $mutation }:

## The account

verify-email = Witamy w TwinSpace! Proszę otworzyć ten link w ciągu 24 godzin, aby potwierdzić swój adres:
    .subject = Proszę potwierdzić swój adres e-mail
already-registered = Ktoś, prawdopodobnie Państwo, próbował zarejestrować konto z tym adresem. Mają już Państwo konto: proszę się zalogować albo poprosić o nowe hasło, jeśli zostało zapomniane.
    .subject = Mają już Państwo konto
become-teacher = Ktoś, prawdopodobnie Państwo, zarejestrował konto nauczycielskie z adresem Państwa konta gościa. Proszę otworzyć ten link w ciągu 24 godzin, aby potwierdzić to hasłem wybranym przy rejestracji. Wszystkie Państwa członkostwa zostaną zachowane:
    .subject = Proszę potwierdzić rejestrację konta nauczycielskiego
admitted = Rejestracja Państwa konta nauczycielskiego została przyjęta. Mogą Państwo teraz szukać innych osób uczących i zakładać projekty:
    .subject = Rejestracja konta nauczycielskiego została przyjęta
declined = Rejestracja Państwa konta nauczycielskiego nie została przyjęta. Podany powód:
    .subject = Rejestracja konta nauczycielskiego nie została przyjęta
    .link = Mogą Państwo zarejestrować się ponownie, na przykład z adresem swojej szkoły:
reset-password = Ktoś, prawdopodobnie Państwo, poprosił o nowe hasło. Proszę otworzyć ten link w ciągu godziny, aby je wybrać:
    .subject = Proszę wybrać nowe hasło
change-email = Ktoś, prawdopodobnie Państwo, chce odtąd logować się tym adresem. Proszę otworzyć ten link w ciągu 24 godzin, aby to potwierdzić:
    .subject = Proszę potwierdzić swój nowy adres e-mail
email-changing = Ktoś, prawdopodobnie Państwo, chce logować się innym adresem. Na ten adres wysłano link do potwierdzenia. Jeśli to nie Państwo, ktoś zna Państwa hasło: proszę się zalogować i natychmiast je zmienić, co unieważni także link.
    .subject = Państwa adres e-mail wkrótce się zmieni

## Invitations

invitation = { $by } zaprasza Państwa do projektu „{ $project }” { role }.
    .subject = { $by } zaprasza Państwa do „{ $project }”
    .link = Proszę otworzyć ten link, aby przyjąć zaproszenie:
invitation-from-pupil = Otrzymali Państwo zaproszenie do projektu „{ $project }” { role }.
    .subject = Otrzymali Państwo zaproszenie do „{ $project }”
    .link = Proszę otworzyć ten link, aby przyjąć zaproszenie:
role = { $role ->
    [teacher-admin] w roli nauczycielskiej z uprawnieniami administracyjnymi
    [teacher] w roli nauczycielskiej
    [pupil-admin] w roli uczniowskiej z uprawnieniami administracyjnymi
    [pupil] w roli uczniowskiej
   *[visitor] w roli odwiedzającej
}
ignore-invitation = Jeśli nie oczekiwali Państwo tego zaproszenia, proszę zignorować tę wiadomość.

## Contacts and messages

contact-request = { $by } prosi o dodanie do Państwa kontaktów.
    .subject = { $by } prosi o dodanie do Państwa kontaktów
    .link = Prośbę znajdą Państwo na swoim pulpicie:
message = Ktoś z TwinSpace „{ $project }” wysłał do Państwa wiadomość.
    .subject = Mają Państwo nową wiadomość
    .link = Wiadomość znajdą Państwo w swojej skrzynce odbiorczej:

## Projects

waiting = „{ $project }” czeka na Państwa
founding-proposed = { $by } zaprasza Państwa do wspólnego założenia projektu.
    .subject = { waiting }
founding-accepted = { $by } przyjmuje zaproszenie. Teraz zdecydują biura wsparcia.
    .subject = „{ $project }”: partnerstwo przyjęte
founding-declined = { $by } nie przyjmuje zaproszenia. Mogą Państwo poprawić projekt i wysłać go ponownie.
    .subject = „{ $project }”: partnerstwo nieprzyjęte
proposer-erased = Konto osoby, która zaproponowała projekt, zostało usunięte, dlatego projekt wycofano.
    .subject = „{ $project }”: projekt wycofany
cofounder-erased = Konto osoby, z którą chcieli Państwo założyć projekt, zostało usunięte. Mogą Państwo wybrać inną osobę i wysłać projekt ponownie.
    .subject = „{ $project }”: brak drugiej osoby założycielskiej
approval-asked = Projekt czeka na decyzję Państwa biura wsparcia.
    .subject = { waiting }
approved = Projekt został zatwierdzony, a jego TwinSpace jest otwarty.
    .subject = „{ $project }”: projekt zatwierdzony
not-approved = Biuro wsparcia nie zatwierdziło projektu. Powód jest podany przy projekcie.
    .subject = „{ $project }”: projekt niezatwierdzony
label-applied = { $by } ubiega się o odznakę jakości.
    .subject = { waiting }
label-granted = Przyznano Państwu odznakę jakości. Gratulujemy!
    .subject = „{ $project }”: przyznano odznakę jakości
label-refused = Państwa wniosek o odznakę jakości został odrzucony. Powód jest podany przy wniosku.
    .subject = „{ $project }”: nie przyznano odznaki jakości
nominated = Projekt został nominowany do odznaki europejskiej. Gratulujemy!
    .subject = „{ $project }”: nominacja do odznaki europejskiej
succession-asked = Propozycja przekazania uprawnień założycielskich osoby, która odeszła, czeka na Państwa decyzję.
    .subject = { waiting }
succession-proposed = Nie należą już Państwo do TwinSpace tego projektu. Państwa uprawnienia założycielskie mogą zostać przekazane innej osobie.
    .subject = „{ $project }”: propozycja przekazania Państwa uprawnień założycielskich
powers = „{ $project }”: decyzja o uprawnieniach założycielskich
succession-approved = Uprawnienia założycielskie przekazano osobie, którą Państwo zaproponowali.
    .subject = { powers }
succession-refused = Uprawnienia założycielskie nie zostały przekazane. Powód jest podany przy projekcie.
    .subject = { powers }
powers-lost = Państwa uprawnienia założycielskie przekazano innej osobie.
    .subject = { powers }
powers-kept = Zachowują Państwo swoje uprawnienia założycielskie.
    .subject = { powers }
powers-gained = Mają teraz Państwo uprawnienia założycielskie w projekcie.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = Chodzi o projekt „{ $project }”.
question = „{ $project }”: pytanie dotyczące uczniów
news = „{ $project }”: wiadomości dotyczące uczniów
pupils-asked = { about } { $count ->
    [one] { $by } prosi o zgodę, aby do jego TwinSpace dołączyła jedna osoba spośród uczniów pod Państwa opieką.
    [few] { $by } prosi o zgodę, aby do jego TwinSpace dołączyły { $count } osoby spośród uczniów pod Państwa opieką.
   *[other] { $by } prosi o zgodę, aby do jego TwinSpace dołączyło { $count } osób spośród uczniów pod Państwa opieką.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] Wpłynęła prośba dotycząca jednej osoby spośród uczniów, której opiekun nie ma już konta.
   *[other] Wpłynęła prośba dotycząca { $count } osób spośród uczniów, których opiekunowie nie mają już kont.
}
    .subject = { question }
pupil-accepted = { about } Państwa prośba dotycząca osoby spośród uczniów została przyjęta przez jej opiekuna: osoba ta należy już do TwinSpace.
    .subject = { news }
pupil-declined = { about } Państwa prośba dotycząca osoby spośród uczniów została odrzucona przez jej opiekuna.
    .subject = { news }
pupil-granted = { about } Biuro wsparcia przychyliło się do Państwa prośby: osoba, o którą Państwo prosili, należy już do TwinSpace i jest pod Państwa opieką.
    .subject = { news }
pupil-refused = { about } Biuro wsparcia odrzuciło Państwa prośbę dotyczącą osoby spośród uczniów.
    .subject = { news }
custody-offered = { about } { $by } prosi Państwa o przejęcie opieki nad osobą spośród uczniów.
    .subject = { question }
custody-declined = { about } Państwa propozycja przekazania opieki nad osobą spośród uczniów została odrzucona.
    .subject = { news }
takeover-asked = { about } Wpłynęła prośba o przejęcie opieki nad osobą spośród uczniów pod Państwa opieką. Zmiana nastąpi za siedem dni, chyba że wyrażą Państwo sprzeciw.
    .subject = { question }
takeover-asked-of-service = { about } Wpłynęła prośba o przejęcie opieki nad osobą spośród uczniów, której opiekun już tam nie uczy.
    .subject = { question }
takeover-objected = { about } Dotychczasowy opiekun wyraził sprzeciw. Zdecyduje biuro wsparcia kraju, w którym uczy się ta osoba.
    .subject = { news }
takeover-refused = { about } Biuro wsparcia zdecydowało, że opieka nad osobą spośród uczniów się nie zmienia.
    .subject = { news }
custody-gained = { about } Mają teraz Państwo pod opieką kolejną osobę spośród uczniów.
    .subject = { news }
custody-lost = { about } Opieka nad jedną z osób spośród uczniów pod Państwa opieką została przekazana komuś innemu.
    .subject = { news }

sentence = { about } { $what }
    .subject = „{ $project }”: wiadomości
