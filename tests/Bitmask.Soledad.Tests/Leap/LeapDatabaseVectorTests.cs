using System.Security.Cryptography;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Soledad.Leap;
using Bitmask.Sqlite;
using Bitmask.Testing;

namespace Bitmask.Soledad.Tests.Leap;

public sealed class LeapDatabaseVectorTests : IDisposable
{
    private const string VectorFile = "soledad/sqlcipher_database.json";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly JsonDocument _vectors = Vectors.Read(VectorFile);

    private string FilePath => Path.Combine(_folder.FullName, "leap.db");

    public void Dispose()
    {
        _vectors.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void LeapsOwnFile_Opens_AndHoldsWhatItsClientWrote()
    {
        var file = Write();
        using (var key = LocalKey())
        using (var database = LeapDatabase.Open(FilePath, key))
        {
            var rows = _vectors.RootElement.GetProperty("rows");
            Assert.Equal(rows.GetProperty("replica_uid").GetString(), database.ReplicaUid);
            Assert.Equal(
                rows.GetProperty("document").EnumerateArray().Select(static row => (row[0].GetString()!, row[1].GetString()!, row[2].GetString())),
                database.Documents().Select(static document => (document.Id, document.Rev, document.Json)));
            Assert.Equal(
                rows.GetProperty("transaction_log").EnumerateArray().Select(static row => (row[0].GetInt64(), row[1].GetString()!, row[2].GetString()!)),
                database.Log());
            Assert.Equal(1, database.Generation);
            Assert.Empty(database.Conflicts());
        }

        Assert.Equal(file, File.ReadAllBytes(FilePath));
        Vectors.Report(VectorFile, 3);
    }

    [Fact]
    public void Keys_OfTheVector_AreDerivedAsSqlcipherDoes()
    {
        using var secretVectors = Vectors.Read("soledad/secrets_v2.json");
        var first = secretVectors.RootElement.GetProperty("vectors")[0];
        using var secrets = LeapSecretsFile.Open(System.Text.Encoding.UTF8.GetBytes(first.GetProperty("secrets_file_as_written").GetString()!), first.GetProperty("passphrase").GetString()!);
        Write();
        using (var database = LeapDatabase.Open(FilePath, secrets))
        {
            Assert.Equal(32, database.ReplicaUid.Length);
        }

        var salt = Hex("file_salt_hex");
        Assert.Equal(salt, File.ReadAllBytes(FilePath)[..16]);
        var pageKey = Rfc2898DeriveBytes.Pbkdf2(_vectors.RootElement.GetProperty("effective_passphrase").GetString()!, salt, 4000, HashAlgorithmName.SHA1, 32);
        Assert.Equal(Hex("page_key_hex"), pageKey);
        byte[] otherSalt = [.. salt.Select(static octet => (byte)(octet ^ 0x3a))];
        Assert.Equal(Hex("hmac_key_hex"), Rfc2898DeriveBytes.Pbkdf2(pageKey, otherSalt, 2, HashAlgorithmName.SHA1, 32));
        Vectors.Report(VectorFile, 2);
    }

    [Fact]
    public void TrueRawKey_OrAnother_DoesNotOpenIt()
    {
        Write();
        using var key = LocalKey();
        Assert.Throws<WrongDatabaseKeyException>(() => Database.OpenEncrypted(FilePath, key));
        using var closed = new SecretBytes(System.Text.Encoding.ASCII.GetBytes(_vectors.RootElement.GetProperty("effective_passphrase").GetString() + "'"));
        Assert.Throws<WrongDatabaseKeyException>(() => LegacyDatabase.Open(FilePath, closed, new LegacyCipher(1024, 4000, "SHA1")));
        using var other = SecretBytes.Random(32);
        Assert.Throws<WrongDatabaseKeyException>(() => LeapDatabase.Open(FilePath, other));
        Vectors.Report(VectorFile, 2);
    }

    [Fact]
    public void FileThatIsNotOne_IsRefusedClearly()
    {
        using var key = LocalKey();
        Assert.Throws<FileNotFoundException>(() => LeapDatabase.Open(FilePath, key));
        File.WriteAllBytes(FilePath, [.. "SQLite format 3\0"u8, .. new byte[4080]]);
        Assert.Throws<DatabaseDamagedException>(() => LeapDatabase.Open(FilePath, key));
        var file = Write();
        file[^500] ^= 1;
        File.WriteAllBytes(FilePath, file);
        Assert.ThrowsAny<DatabaseException>(() =>
        {
            using var database = LeapDatabase.Open(FilePath, key);
            _ = database.Documents().Count() + database.Log().Count + database.Conflicts().Count;
        });
    }

    private byte[] Write()
    {
        var file = Convert.FromBase64String(_vectors.RootElement.GetProperty("file_base64").GetString()!);
        File.WriteAllBytes(FilePath, file);
        return file;
    }

    private SecretBytes LocalKey() => new(Hex("local_key_hex"));

    private byte[] Hex(string name) => Convert.FromHexString(_vectors.RootElement.GetProperty(name).GetString()!);
}
