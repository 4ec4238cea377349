BEGIN TRANSACTION;
CREATE TABLE audit (
	number INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	who TEXT NOT NULL, 
	action TEXT NOT NULL, 
	study INTEGER, 
	what TEXT NOT NULL, 
	old TEXT NOT NULL, 
	new TEXT NOT NULL, 
	why TEXT NOT NULL, 
	previous TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(study) REFERENCES studies (id)
);
INSERT INTO "audit" VALUES(1,'2026-11-26T19:58:01.364796Z','anna','create study',1,'folder','','7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655','','0000000000000000000000000000000000000000000000000000000000000000','1ea3e02427552ee99824c253a9cc4ba59fa97656fed6c8ff6f1b947b0cd6ec8c');
INSERT INTO "audit" VALUES(2,'2026-11-26T19:58:01.517534Z','ben','revise',1,'folder','7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655','aa7a63c487c6213a1fd8a1ba422081fcd2b76536432dd4ba674153661596e823','a second patient','1ea3e02427552ee99824c253a9cc4ba59fa97656fed6c8ff6f1b947b0cd6ec8c','01ea2752e87250d748587a688ac399c4db0756e0bd697415366962622fba06ae');
INSERT INTO "audit" VALUES(3,'2026-11-26T19:58:01.517534Z','ben','revise',1,'patients.csv line 3','','B','a second patient','01ea2752e87250d748587a688ac399c4db0756e0bd697415366962622fba06ae','d674bdf4dce45eeec76197f8ece5c0b62ac8fe03e07a02b782d764ad220ee926');
INSERT INTO "audit" VALUES(4,'2026-11-26T19:58:01.546986Z','anna','put draft',1,'draft 1','','7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655','','d674bdf4dce45eeec76197f8ece5c0b62ac8fe03e07a02b782d764ad220ee926','3c511ca405967a71e9c58995a7113a472d4b8d8272c41e718d9d9d3922f6d64e');
INSERT INTO "audit" VALUES(5,'2026-11-26T19:58:01.582415Z','anna','ask for job',1,'job 1 analyse','','waiting','','3c511ca405967a71e9c58995a7113a472d4b8d8272c41e718d9d9d3922f6d64e','29e45406bde9542b2110d7bb4e5c419edd15bc20446c0bdec2aee5a2a686ed19');
INSERT INTO "audit" VALUES(6,'2026-11-26T19:58:01.582415Z','anna','ask for job',1,'job 1 arguments','','{"forecast": "no", "seed": 1}','','29e45406bde9542b2110d7bb4e5c419edd15bc20446c0bdec2aee5a2a686ed19','86be61e70f26ae4f717672e6cce331cf0f1b01d7aabed576b14161433c3b288e');
INSERT INTO "audit" VALUES(7,'2026-11-26T19:58:01.722911Z','w1','start job',1,'job 1 analyse','waiting','running','attempt 1','86be61e70f26ae4f717672e6cce331cf0f1b01d7aabed576b14161433c3b288e','3684558d24ffbc2ff672feeac12efcd4189f7aebe8086f41db55cd9bb3b4be83');
INSERT INTO "audit" VALUES(8,'2026-11-26T19:58:01.903018Z','anna','keep results',1,'analysis 1 of revision 1','','73a836303dfc5f2047914cb699573a10f15c00fe22bd20b30b0029362befda13','','3684558d24ffbc2ff672feeac12efcd4189f7aebe8086f41db55cd9bb3b4be83','705529c7ed326d14163a211c06a8973b16661ed8aade8d1d34214ee3d1edec04');
INSERT INTO "audit" VALUES(9,'2026-11-26T19:58:01.943671Z','w1','finish job',1,'job 1 analyse','running','done','','705529c7ed326d14163a211c06a8973b16661ed8aade8d1d34214ee3d1edec04','019ac4ef54971031ef0c9500ff95cf3c82151dec2c4c84fd8a773f816580f09c');
INSERT INTO "audit" VALUES(10,'2026-11-26T19:58:01.986013Z','anna','ask for job',1,'job 2 analyse','','waiting','','019ac4ef54971031ef0c9500ff95cf3c82151dec2c4c84fd8a773f816580f09c','f9ffa5a2a56552287f0c061f4513118f1fd3eeb004cb654292a06ddb3a455760');
INSERT INTO "audit" VALUES(11,'2026-11-26T19:58:01.986013Z','anna','ask for job',1,'job 2 arguments','','{"forecast": "no", "seed": 2}','','f9ffa5a2a56552287f0c061f4513118f1fd3eeb004cb654292a06ddb3a455760','064670941753fda5bffabf0a8210b80949e4ccb997112c0bcea2b98221e8107b');
INSERT INTO "audit" VALUES(12,'2026-11-26T19:58:02.006796Z','local','add person',NULL,'person eva','','admin','','064670941753fda5bffabf0a8210b80949e4ccb997112c0bcea2b98221e8107b','4692f9c85ff4aa6bc94b2e07996a237f5207085be3c1f5a369621eb0610d2e4b');
CREATE TABLE blobs (
	sha256 TEXT NOT NULL, 
	bytes INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "blobs" VALUES('13f35f626cabe916bd35132cf439b903d26cf8f1f005bfbf3c5c70312b5594b3',13,'2026-11-26T19:58:01.821041Z');
INSERT INTO "blobs" VALUES('3bacf568e6535230a4dd64221569fcd786a8dd4453371ad56f59ad1d09da0364',49,'2026-11-26T19:58:01.821070Z');
INSERT INTO "blobs" VALUES('94ea00e388311af210a5adaa3f897faee0b26dbb6e2b4f6bd811f5cc129c5f3b',40,'2026-11-26T19:58:01.821098Z');
INSERT INTO "blobs" VALUES('4bf107c570ad87643d46df47e7d7fbab5f0ef9fe8013cfca544e82420949f4db',15,'2026-11-26T19:58:01.438048Z');
INSERT INTO "blobs" VALUES('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',2,'2026-11-26T19:58:01.820920Z');
CREATE TABLE drafts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	study INTEGER, 
	base INTEGER, 
	tree TEXT NOT NULL, 
	title TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	FOREIGN KEY(study) REFERENCES studies (id), 
	FOREIGN KEY(tree) REFERENCES trees (tree)
);
INSERT INTO "drafts" VALUES(1,1,1,'7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655','','anna','2026-11-26T19:58:01.545980Z');
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	study INTEGER, 
	revision INTEGER, 
	arguments TEXT NOT NULL, 
	state TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	created TEXT NOT NULL, 
	started TEXT, 
	ended TEXT, 
	worker TEXT, 
	heartbeat TEXT, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	done INTEGER DEFAULT '0' NOT NULL, 
	total INTEGER DEFAULT '0' NOT NULL, 
	label TEXT DEFAULT '' NOT NULL, 
	result TEXT, 
	faults TEXT DEFAULT '[]' NOT NULL, 
	CONSTRAINT jobs_state CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')), 
	FOREIGN KEY(study, revision) REFERENCES revisions (study, number), 
	FOREIGN KEY(study) REFERENCES studies (id)
);
INSERT INTO "jobs" VALUES(1,'analyse',1,1,'{"forecast": "no", "seed": 1}','done','anna','2026-11-26T19:58:01.581333Z','2026-11-26T19:58:01.721609Z','2026-11-26T19:58:01.942539Z','w1','2026-11-26T19:58:01.721609Z',1,1,1,'','{"kept": 1, "kind": "analysis"}','[]');
INSERT INTO "jobs" VALUES(2,'analyse',1,2,'{"forecast": "no", "seed": 2}','waiting','anna','2026-11-26T19:58:01.985330Z',NULL,NULL,NULL,NULL,0,0,0,'',NULL,'[]');
CREATE TABLE measured (
	tree TEXT NOT NULL, 
	name TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	PRIMARY KEY (tree, name), 
	FOREIGN KEY(tree) REFERENCES trees (tree) ON DELETE CASCADE, 
	FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('identity','f0f41d9a1f1b3dcb32b7383c961dd1f2');
INSERT INTO "meta" VALUES('audit head','12 4692f9c85ff4aa6bc94b2e07996a237f5207085be3c1f5a369621eb0610d2e4b');
CREATE TABLE migrations (
	number INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	at TEXT NOT NULL, 
	version TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "migrations" VALUES(1,'made whole','2026-11-26T19:58:01.089165Z','0.7.0');
CREATE TABLE pages (
	"key" TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
CREATE TABLE pseudonyms (
	study INTEGER NOT NULL, 
	key_id TEXT NOT NULL, 
	patient_id TEXT NOT NULL, 
	pseudonym TEXT NOT NULL, 
	shift_days INTEGER NOT NULL, 
	PRIMARY KEY (study, key_id, patient_id), 
	UNIQUE (study, key_id, pseudonym), 
	FOREIGN KEY(study) REFERENCES studies (id)
);
CREATE TABLE results (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	study INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	tree TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	job INTEGER, 
	at TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	CONSTRAINT results_kind CHECK (kind IN ('analysis', 'fit', 'report', 'cohort')), 
	FOREIGN KEY(study, revision) REFERENCES revisions (study, number), 
	FOREIGN KEY(tree) REFERENCES trees (tree), 
	FOREIGN KEY(job) REFERENCES jobs (id)
);
INSERT INTO "results" VALUES(1,1,1,'analysis','73a836303dfc5f2047914cb699573a10f15c00fe22bd20b30b0029362befda13','k',1,'2026-11-26T19:58:01.902042Z','anna');
CREATE TABLE revisions (
	study INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	tree TEXT NOT NULL, 
	parent INTEGER, 
	"by" TEXT NOT NULL, 
	at TEXT NOT NULL, 
	why TEXT NOT NULL, 
	PRIMARY KEY (study, number), 
	FOREIGN KEY(study) REFERENCES studies (id), 
	FOREIGN KEY(tree) REFERENCES trees (tree)
);
INSERT INTO "revisions" VALUES(1,1,'7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655',NULL,'anna','2026-11-26T19:58:01.331423Z','');
INSERT INTO "revisions" VALUES(1,2,'aa7a63c487c6213a1fd8a1ba422081fcd2b76536432dd4ba674153661596e823',1,'ben','2026-11-26T19:58:01.516417Z','a second patient');
CREATE TABLE sessions (
	sha256 TEXT NOT NULL, 
	user TEXT NOT NULL, 
	created TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	PRIMARY KEY (sha256), 
	FOREIGN KEY(user) REFERENCES users (name) ON DELETE CASCADE
);
CREATE TABLE studies (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	slug TEXT NOT NULL, 
	title TEXT NOT NULL, 
	synthetic BOOLEAN NOT NULL, 
	head INTEGER NOT NULL, 
	created TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	archived TEXT, 
	UNIQUE (slug)
);
INSERT INTO "studies" VALUES(1,'tiny','Tiny',1,2,'2026-11-26T19:58:01.331423Z','anna',NULL);
CREATE TABLE tree_files (
	tree TEXT NOT NULL, 
	path TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	PRIMARY KEY (tree, path), 
	FOREIGN KEY(tree) REFERENCES trees (tree) ON DELETE CASCADE, 
	FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
INSERT INTO "tree_files" VALUES('7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655','patients.csv','13f35f626cabe916bd35132cf439b903d26cf8f1f005bfbf3c5c70312b5594b3');
INSERT INTO "tree_files" VALUES('7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655','samples.csv','3bacf568e6535230a4dd64221569fcd786a8dd4453371ad56f59ad1d09da0364');
INSERT INTO "tree_files" VALUES('7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655','study.toml','94ea00e388311af210a5adaa3f897faee0b26dbb6e2b4f6bd811f5cc129c5f3b');
INSERT INTO "tree_files" VALUES('aa7a63c487c6213a1fd8a1ba422081fcd2b76536432dd4ba674153661596e823','patients.csv','4bf107c570ad87643d46df47e7d7fbab5f0ef9fe8013cfca544e82420949f4db');
INSERT INTO "tree_files" VALUES('aa7a63c487c6213a1fd8a1ba422081fcd2b76536432dd4ba674153661596e823','samples.csv','3bacf568e6535230a4dd64221569fcd786a8dd4453371ad56f59ad1d09da0364');
INSERT INTO "tree_files" VALUES('aa7a63c487c6213a1fd8a1ba422081fcd2b76536432dd4ba674153661596e823','study.toml','94ea00e388311af210a5adaa3f897faee0b26dbb6e2b4f6bd811f5cc129c5f3b');
INSERT INTO "tree_files" VALUES('73a836303dfc5f2047914cb699573a10f15c00fe22bd20b30b0029362befda13','findings.json','44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
INSERT INTO "tree_files" VALUES('73a836303dfc5f2047914cb699573a10f15c00fe22bd20b30b0029362befda13','patients.csv','13f35f626cabe916bd35132cf439b903d26cf8f1f005bfbf3c5c70312b5594b3');
INSERT INTO "tree_files" VALUES('73a836303dfc5f2047914cb699573a10f15c00fe22bd20b30b0029362befda13','samples.csv','3bacf568e6535230a4dd64221569fcd786a8dd4453371ad56f59ad1d09da0364');
INSERT INTO "tree_files" VALUES('73a836303dfc5f2047914cb699573a10f15c00fe22bd20b30b0029362befda13','study.toml','94ea00e388311af210a5adaa3f897faee0b26dbb6e2b4f6bd811f5cc129c5f3b');
CREATE TABLE trees (
	tree TEXT NOT NULL, 
	files INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (tree)
);
INSERT INTO "trees" VALUES('7af9ea7e41fd1a29e7791d7557ee30e6b25b928646b1040456f11667cedb9655',3,'2026-11-26T19:58:01.297568Z');
INSERT INTO "trees" VALUES('aa7a63c487c6213a1fd8a1ba422081fcd2b76536432dd4ba674153661596e823',3,'2026-11-26T19:58:01.460545Z');
INSERT INTO "trees" VALUES('73a836303dfc5f2047914cb699573a10f15c00fe22bd20b30b0029362befda13',4,'2026-11-26T19:58:01.848663Z');
CREATE TABLE users (
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	token_sha256 TEXT, 
	created TEXT NOT NULL, 
	expires TEXT, 
	disabled BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (name), 
	CONSTRAINT users_role CHECK (role IN ('viewer', 'editor', 'admin')), 
	UNIQUE (token_sha256)
);
INSERT INTO "users" VALUES('eva','admin','b0171bfab1696033d5c1325fd572fa635412c172c6b795f976d6e5515a93f5e8','2026-11-26T19:58:02.005858Z',NULL,0);
CREATE INDEX tree_files_by_blob ON tree_files (sha256);
CREATE INDEX revisions_by_tree ON revisions (tree);
CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END;
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END;
CREATE TRIGGER revisions_no_replace BEFORE INSERT ON revisions WHEN EXISTS (SELECT 1 FROM revisions WHERE "study" = NEW."study" AND "number" = NEW."number") BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END;
CREATE INDEX drafts_by_tree ON drafts (tree);
CREATE INDEX audit_by_study ON audit (study, number);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE "number" = NEW."number") BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE INDEX measured_by_blob ON measured (sha256);
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX pages_by_blob ON pages (sha256);
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_study ON jobs (study, id);
CREATE INDEX results_by_study ON results (study, kind, id);
CREATE INDEX results_by_tree ON results (tree);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('studies',1);
INSERT INTO "sqlite_sequence" VALUES('drafts',1);
INSERT INTO "sqlite_sequence" VALUES('jobs',2);
INSERT INTO "sqlite_sequence" VALUES('results',1);
COMMIT;
