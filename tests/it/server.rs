//! The program: transports, mail, databases, settings and commands.

pub mod backup;
pub mod caller;
pub mod cli;
pub mod crash;
pub mod damage;
pub mod db;
pub mod docs;
pub mod doctor;
pub mod entity_row;
pub mod http;
mod leftover;
pub mod letter;
pub mod mail;
pub mod operations;
pub mod outage;
pub mod playground;
pub mod replica;
mod seats;
pub mod seed;
pub mod settings;
pub mod stream;
pub mod supervised;
pub mod traces;
pub mod turns;
pub mod upgrade;
pub mod websocket;
pub mod wire;
