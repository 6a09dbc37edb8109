//! The proofs on private servers.

use super::redis::{dead_primary, failover, suffix};
use super::{
    copies, dropped, history, increments, logins, million, outages, renames, renames_killed,
    replica, replies,
};
use crate::backend::Backend::{MariaDb, Postgres, Redis, RedisCluster};
use crate::proof::Proof;
use crate::worker::Locking::{Locked, Optimistic};

/// Every proof that starts servers, quick ones first.
pub(super) const ALL: &[Proof] = &[
    Proof {
        name: "increments-postgres",
        claim: "16 tasks in two processes increment one line on PostgreSQL, and none is lost",
        run: |arguments, figures| increments::prove(Postgres, Optimistic, arguments, figures),
    },
    Proof {
        name: "increments-postgres-locked",
        claim: "the same, each under the cart's lock",
        run: |arguments, figures| increments::prove(Postgres, Locked, arguments, figures),
    },
    Proof {
        name: "increments-mariadb",
        claim: "16 tasks in two processes increment one line on MariaDB, and none is lost",
        run: |arguments, figures| increments::prove(MariaDb, Optimistic, arguments, figures),
    },
    Proof {
        name: "increments-mariadb-locked",
        claim: "the same, each under the cart's lock",
        run: |arguments, figures| increments::prove(MariaDb, Locked, arguments, figures),
    },
    Proof {
        name: "increments-redis",
        claim: "16 tasks in two processes increment one line in Redis, and none is lost",
        run: |arguments, figures| increments::prove(Redis, Optimistic, arguments, figures),
    },
    Proof {
        name: "kill-postgres",
        claim: "25 times kill -9 of PostgreSQL lose and double no acknowledged write",
        run: |arguments, figures| outages::prove_kills(Postgres, arguments, figures),
    },
    Proof {
        name: "kill-mariadb",
        claim: "25 times kill -9 of MariaDB lose and double no acknowledged write",
        run: |arguments, figures| outages::prove_kills(MariaDb, arguments, figures),
    },
    Proof {
        name: "kill-redis",
        claim: "25 times kill -9 of Redis, which syncs each write, lose and double no acknowledged one",
        run: |arguments, figures| outages::prove_kills(Redis, arguments, figures),
    },
    Proof {
        name: "power-postgres",
        claim: "10 power cuts of PostgreSQL lose and double no acknowledged write",
        run: |arguments, figures| outages::prove_power(Postgres, arguments, figures),
    },
    Proof {
        name: "power-mariadb",
        claim: "10 power cuts of MariaDB lose and double no acknowledged write",
        run: |arguments, figures| outages::prove_power(MariaDb, arguments, figures),
    },
    Proof {
        name: "power-redis",
        claim: "10 power cuts of Redis, which syncs each write, lose and double no acknowledged one",
        run: |arguments, figures| outages::prove_power(Redis, arguments, figures),
    },
    Proof {
        name: "power-redis-everysec",
        claim: "where Redis syncs once a second, power cuts take the last writes, and their versions never count again",
        run: suffix::prove,
    },
    Proof {
        name: "failover-redis",
        claim: "5 times sentinels replace a primary of Redis, and no write that a replica had is lost",
        run: failover::prove,
    },
    Proof {
        name: "dead-master-redis",
        claim: "a dead primary of a cluster disturbs no cart of the others, and its own come back",
        run: dead_primary::prove,
    },
    Proof {
        name: "copy-redis-postgres",
        claim: "100,000 carts go from Redis to PostgreSQL beside shoppers, through kills of the copier and of both servers",
        run: |arguments, figures| copies::prove([Redis, Postgres], arguments, figures),
    },
    Proof {
        name: "copy-speed",
        claim: "a copy of 1,000,000 carts takes the memory of a few batches, and comparing them no longer than the copy",
        run: copies::speed::prove,
    },
    Proof {
        name: "lost-replies-postgres",
        claim: "an edit whose reply is lost on the way from PostgreSQL is made once",
        run: |arguments, figures| replies::prove(Postgres, arguments, figures),
    },
    Proof {
        name: "lost-replies-mariadb",
        claim: "an edit whose reply is lost on the way from MariaDB is made once",
        run: |arguments, figures| replies::prove(MariaDb, arguments, figures),
    },
    Proof {
        name: "lost-replies-redis",
        claim: "an edit whose reply is lost on the way from Redis is made once",
        run: |arguments, figures| replies::prove(Redis, arguments, figures),
    },
    Proof {
        name: "dropped-futures-postgres",
        claim: "a future of the PostgreSQL store, dropped at any poll, leaves nothing half done",
        run: |arguments, figures| dropped::prove(Postgres, arguments, figures),
    },
    Proof {
        name: "dropped-futures-mariadb",
        claim: "a future of the MariaDB store, dropped at any poll, leaves nothing half done",
        run: |arguments, figures| dropped::prove(MariaDb, arguments, figures),
    },
    Proof {
        name: "dropped-futures-redis",
        claim: "a future of the Redis store, dropped at any poll, leaves nothing half done",
        run: |arguments, figures| dropped::prove(Redis, arguments, figures),
    },
    Proof {
        name: "renames-postgres",
        claim: "10,000 merges across each other on PostgreSQL leave every item in exactly one cart",
        run: |arguments, figures| renames::prove(Postgres, arguments, figures),
    },
    Proof {
        name: "renames-mariadb",
        claim: "10,000 merges across each other on MariaDB leave every item in exactly one cart",
        run: |arguments, figures| renames::prove(MariaDb, arguments, figures),
    },
    Proof {
        name: "renames-redis",
        claim: "10,000 merges across each other in Redis leave every item in exactly one cart",
        run: |arguments, figures| renames::prove(Redis, arguments, figures),
    },
    Proof {
        name: "renames-redis-cluster",
        claim: "the same across the slots of a cluster",
        run: |arguments, figures| renames::prove(RedisCluster, arguments, figures),
    },
    Proof {
        name: "login-redis-postgres",
        claim: "1,000 logins from Redis to PostgreSQL die at every step, and every item arrives once",
        run: |arguments, figures| logins::prove([Redis, Postgres], arguments, figures),
    },
    Proof {
        name: "renames-killed-redis",
        claim: "50,000 merges in Redis by processes that are killed leave every item in exactly one cart",
        run: |arguments, figures| renames_killed::prove(Redis, arguments, figures),
    },
    Proof {
        name: "renames-killed-redis-cluster",
        claim: "the same across the slots of a cluster",
        run: |arguments, figures| renames_killed::prove(RedisCluster, arguments, figures),
    },
    Proof {
        name: "replica-postgres",
        claim: "100,000 reads beside a paused replica of PostgreSQL are never older than their token",
        run: |arguments, figures| replica::prove(Postgres, arguments, figures),
    },
    Proof {
        name: "replica-mariadb",
        claim: "100,000 reads beside a paused replica of MariaDB are never older than their token",
        run: |arguments, figures| replica::prove(MariaDb, arguments, figures),
    },
    Proof {
        name: "replica-redis",
        claim: "no read is older than its token, whatever the replica in Redis lags behind",
        run: |arguments, figures| replica::prove(Redis, arguments, figures),
    },
    Proof {
        name: "history-postgres",
        claim: "300,000 operations on PostgreSQL through two processes are linearizable",
        run: |arguments, figures| history::prove(Postgres, 300_000, arguments, figures),
    },
    Proof {
        name: "history-mariadb",
        claim: "200,000 operations on MariaDB through two processes are linearizable",
        run: |arguments, figures| history::prove(MariaDb, 200_000, arguments, figures),
    },
    Proof {
        name: "history-redis",
        claim: "1,000,000 operations in Redis through two processes are linearizable",
        run: |arguments, figures| history::prove(Redis, 1_000_000, arguments, figures),
    },
    Proof {
        name: "history-kill-redis",
        claim: "300,000 operations through 10 times kill -9 of Redis are linearizable",
        run: |arguments, figures| {
            history::prove_through_kills(Redis, 300_000, 10, arguments, figures)
        },
    },
    Proof {
        name: "million",
        claim: "a million carts in PostgreSQL are as fast as a thousand, and cleaned up beside writers",
        run: million::prove,
    },
    Proof {
        name: "million-redis",
        claim: "a million carts in Redis are as fast as a thousand, and at most 700 bytes larger than their JSON",
        run: million::prove_redis,
    },
];
