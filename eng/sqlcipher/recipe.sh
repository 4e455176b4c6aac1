# What the native library is made of. Its hash names the cached result, so a change here builds anew.
# SQLCipher 4.14.0 on SQLite 3.51.3, the amalgamation (BSD-3, Zetetic) that an npm package carries.
package=@journeyapps/sqlcipher
version=6.0.0
tarball_sha256=ad3ee0e551de315b230db78e2294d41868b5c166d44c0c87da35fb6b87bde54c
source_sha256=2ba87bbc92caf02c0ac640198c537c24bdda899a18bbba289f3d3f44d56795e4
flags=(
  -O2 -fPIC -shared -fvisibility=hidden -w -s
  -Wl,-soname,libe_sqlcipher.so -Wl,-Bsymbolic -Wl,-z,relro,-z,now
  '-DSQLITE_API=__attribute__((visibility("default")))'
  -DSQLITE_HAS_CODEC -DSQLCIPHER_CRYPTO_OPENSSL
  -DSQLITE_EXTRA_INIT=sqlcipher_extra_init -DSQLITE_EXTRA_SHUTDOWN=sqlcipher_extra_shutdown
  -DSQLITE_TEMP_STORE=2 -DSQLITE_THREADSAFE=1 -DSQLITE_USE_ALLOCA=1 -DHAVE_STDINT_H=1 -DNDEBUG
  -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_JSON1 -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_UNLOCK_NOTIFY
  -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_SNAPSHOT -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_DBSTAT_VTAB
  -DSQLITE_DQS=0 -DSQLITE_DEFAULT_FOREIGN_KEYS=1 -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
  # FULL also in WAL mode: a power cut does not undo a commit.
  -DSQLITE_DEFAULT_WAL_SYNCHRONOUS=2
  # SQLCipher would write its errors to standard error.
  -DSQLCIPHER_OMIT_LOG -DSQLCIPHER_OMIT_LOG_DEVICE
)
libraries=(-lcrypto -lm)
