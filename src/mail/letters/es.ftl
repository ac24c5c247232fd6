# The mails in Spanish. The reader is addressed as “usted”.

hello = Hola, { $name }:
greeting = Hola:
desktop = Lo encontrará en su escritorio:
ignore = Si no ha sido usted, puede ignorar este mensaje: no cambiará nada.
token = Si utiliza la API, pase este código a { $mutation }:

## The account

verify-email = Le damos la bienvenida a TwinSpace. Abra este enlace en un plazo de 24 horas para confirmar su dirección:
    .subject = Confirme su dirección de correo electrónico
already-registered = Alguien, probablemente usted, ha intentado registrar una cuenta con esta dirección. Usted ya tiene una: inicie sesión o solicite una contraseña nueva si ha olvidado la suya.
    .subject = Usted ya tiene una cuenta
become-teacher = Alguien, probablemente usted, se ha registrado como docente con la dirección de su cuenta de invitación. Abra este enlace en un plazo de 24 horas para confirmarlo con la contraseña elegida al registrarse. Conservará su participación en todos los espacios:
    .subject = Confirme su registro como docente
admitted = Su registro como docente ha sido aceptado. Ya puede encontrar a otros docentes y fundar proyectos:
    .subject = Su registro como docente ha sido aceptado
declined = Su registro como docente no ha sido aceptado. El motivo indicado:
    .subject = Su registro como docente no ha sido aceptado
    .link = Puede volver a registrarse, por ejemplo con una dirección de su centro:
reset-password = Alguien, probablemente usted, ha solicitado una contraseña nueva. Abra este enlace en el plazo de una hora para elegirla:
    .subject = Elija una contraseña nueva
change-email = Alguien, probablemente usted, ha pedido utilizar esta dirección para iniciar sesión a partir de ahora. Abra este enlace en un plazo de 24 horas para confirmarlo:
    .subject = Confirme su nueva dirección de correo electrónico
email-changing = Alguien, probablemente usted, ha pedido utilizar otra dirección para iniciar sesión. A esa dirección se ha enviado un enlace para confirmarlo. Si no ha sido usted, alguien conoce su contraseña: inicie sesión y cámbiela de inmediato, lo que también anula el enlace.
    .subject = Su dirección de correo electrónico va a cambiar

## Invitations

invitation = { $by } le invita al proyecto «{ $project }» { role }.
    .subject = { $by } le invita a «{ $project }»
    .link = Abra este enlace para aceptar:
invitation-from-pupil = Ha recibido una invitación al proyecto «{ $project }» { role }.
    .subject = Ha recibido una invitación a «{ $project }»
    .link = Abra este enlace para aceptar:
role = { $role ->
    [teacher-admin] como docente con funciones de administración
    [teacher] como docente
    [pupil-admin] como estudiante con funciones de administración
    [pupil] como estudiante
   *[visitor] como visitante
}
ignore-invitation = Si no esperaba esta invitación, puede ignorar este mensaje.

## Contacts and messages

contact-request = { $by } desea formar parte de sus contactos.
    .subject = { $by } desea formar parte de sus contactos
    .link = Encontrará la solicitud en su escritorio:
message = Un miembro del TwinSpace «{ $project }» le ha enviado un mensaje.
    .subject = Tiene un mensaje nuevo
    .link = Encontrará el mensaje en su bandeja de entrada:

## Projects

waiting = «{ $project }» le espera
founding-proposed = { $by } le invita a fundar conjuntamente el proyecto.
    .subject = { waiting }
founding-accepted = { $by } ha aceptado. Ahora decidirán los servicios de apoyo.
    .subject = «{ $project }»: colaboración aceptada
founding-declined = { $by } no ha aceptado. Puede revisar el proyecto y enviarlo de nuevo.
    .subject = «{ $project }»: colaboración no aceptada
proposer-erased = La cuenta de quien propuso el proyecto se ha eliminado, por lo que el proyecto se ha retirado.
    .subject = «{ $project }»: proyecto retirado
cofounder-erased = La cuenta de la otra persona fundadora se ha eliminado. Puede elegir a otra persona y enviar el proyecto de nuevo.
    .subject = «{ $project }»: falta la otra persona fundadora
approval-asked = El proyecto espera una decisión de su servicio de apoyo.
    .subject = { waiting }
approved = El proyecto ha sido aprobado y su TwinSpace está abierto.
    .subject = «{ $project }»: proyecto aprobado
not-approved = Un servicio de apoyo no ha aprobado el proyecto. El motivo figura en el proyecto.
    .subject = «{ $project }»: proyecto no aprobado
label-applied = { $by } ha solicitado el sello de calidad.
    .subject = { waiting }
label-granted = Se le ha concedido el sello de calidad. ¡Enhorabuena!
    .subject = «{ $project }»: sello de calidad concedido
label-refused = Su solicitud del sello de calidad ha sido denegada. El motivo figura en su solicitud.
    .subject = «{ $project }»: sello de calidad denegado
nominated = El proyecto ha sido propuesto para el sello europeo. ¡Enhorabuena!
    .subject = «{ $project }»: propuesto para el sello europeo
succession-asked = Una propuesta de transferir las facultades de una persona fundadora que se ha ido espera su decisión.
    .subject = { waiting }
succession-proposed = Usted ha dejado el TwinSpace del proyecto. Es posible que sus facultades como parte fundadora se transfieran a otra persona.
    .subject = «{ $project }»: propuesta de transferir sus facultades
powers = «{ $project }»: decisión sobre facultades de fundación
succession-approved = Las facultades de fundación se han transferido a la persona que usted propuso.
    .subject = { powers }
succession-refused = Las facultades de fundación no se han transferido. El motivo figura en el proyecto.
    .subject = { powers }
powers-lost = Sus facultades de fundación se han transferido a otra persona.
    .subject = { powers }
powers-kept = Usted conserva sus facultades de fundación.
    .subject = { powers }
powers-gained = Ahora tiene facultades de fundación en el proyecto.
    .subject = { powers }

## Pupils, whose names are never in a mail

about = Se trata del proyecto «{ $project }».
question = «{ $project }»: una pregunta sobre estudiantes
news = «{ $project }»: novedades sobre estudiantes
pupils-asked = { about } { $count ->
    [one] { $by } pide incorporar a su TwinSpace a un miembro de su alumnado.
   *[other] { $by } pide incorporar a su TwinSpace a { $count } miembros de su alumnado.
}
    .subject = { question }
pupils-asked-of-service = { about } { $count ->
    [one] Un miembro del profesorado pide incorporar a una persona del alumnado cuyo responsable ya no tiene cuenta.
   *[other] Un miembro del profesorado pide incorporar a { $count } personas del alumnado cuyos responsables ya no tienen cuenta.
}
    .subject = { question }
pupil-accepted = { about } La persona responsable ha aceptado su solicitud: la persona del alumnado ya es miembro.
    .subject = { news }
pupil-declined = { about } La persona responsable no ha aceptado su solicitud sobre una persona del alumnado.
    .subject = { news }
pupil-granted = { about } El servicio de apoyo ha aceptado su solicitud: la persona del alumnado ya es miembro y usted es responsable de ella.
    .subject = { news }
pupil-refused = { about } El servicio de apoyo no ha aceptado su solicitud sobre una persona del alumnado.
    .subject = { news }
custody-offered = { about } { $by } le pide que asuma la responsabilidad de una persona del alumnado.
    .subject = { question }
custody-declined = { about } La persona a quien usted ofreció la responsabilidad de una persona del alumnado no la ha aceptado.
    .subject = { news }
takeover-asked = { about } Un miembro del profesorado pide asumir la responsabilidad de una persona de su alumnado. Surtirá efecto dentro de siete días, a menos que usted se oponga.
    .subject = { question }
takeover-asked-of-service = { about } Un miembro del profesorado pide asumir la responsabilidad de una persona del alumnado cuyo responsable ya no enseña allí.
    .subject = { question }
takeover-objected = { about } La persona responsable se ha opuesto. Decidirá el servicio de apoyo del país de la persona del alumnado.
    .subject = { news }
takeover-refused = { about } El servicio de apoyo ha decidido que la responsabilidad no cambia.
    .subject = { news }
custody-gained = { about } Ahora es responsable de una persona más del alumnado.
    .subject = { news }
custody-lost = { about } La responsabilidad de una persona de su alumnado se ha transferido a otro miembro del profesorado.
    .subject = { news }

sentence = { about } { $what }
    .subject = «{ $project }»: novedades
