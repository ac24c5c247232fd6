-- The rows of another database on the same server, the one that the peers are measured on, instead of
-- made-up ones: psql -v peers=NAME.
create extension if not exists postgres_fdw;
create server peers foreign data wrapper postgres_fdw
  options (dbname :'peers', host '127.0.0.1', port :'port', fetch_size '10000');
create user mapping for current_user server peers options (user 'postgres');
create schema source;
import foreign schema public limit to (schools, users, projects, memberships) from server peers into source;
