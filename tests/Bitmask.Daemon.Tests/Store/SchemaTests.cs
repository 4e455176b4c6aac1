using System.Globalization;
using System.Text;
using Bitmask.Daemon.Accounts;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Mail.Pipelines;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Bitmask.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Daemon.Tests.Store;

/// <summary>docs/schema.sql is what a fresh account's database has. UPDATE_GOLDEN=1 writes the file anew.</summary>
public sealed class SchemaTests : IDisposable
{
    private const string Head = """
        -- The tables of an account's database (soledad.db) on a device, by component. Written by SchemaTests from a fresh store: do not edit, run
        --     UPDATE_GOLDEN=1 artifacts/bin/Bitmask.Daemon.Tests/release/Bitmask.Daemon.Tests --filter-class "*.SchemaTests"

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task SchemaSql_IsThatOfAFreshStore()
    {
        var fresh = await ReadAsync();
        var path = Path.Combine(Vectors.Repository(), "docs", "schema.sql");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, fresh);
        }

        Assert.Equal(fresh, await File.ReadAllTextAsync(path));
    }

    private async Task<string> ReadAsync()
    {
        using var key = SecretBytes.Random(Database.KeyOctets);
        using var digest = SecretBytes.Random(32);
        var (store, projection) = AccountStore.Open(Path.Combine(_folder.FullName, "soledad.db"), key, TimeProvider.System);
        using (store)
        {
            var address = EmailAddress.Parse("alice@red.test");
            using var http = new HttpClient();
            using var mail = new MailAccount(store, projection, new MailAccountOptions { Address = address, DigestKey = digest, Clock = TimeProvider.System });
            using var keys = new KeyManager(store, http, new KeyManagerOptions { Address = address, KeyDirectory = new Uri("https://nicknym.red.test:6425/") }, TimeProvider.System);
            var box = new IncomingBoxClient(http, new Uri("https://soledad.red.test/"), UserId.Parse(new string('a', 32)), _ => Task.FromResult(""));
            using var incoming = new IncomingPipeline(store, mail, keys, box, TimeProvider.System, NullLogger<IncomingPipeline>.Instance);
            await incoming.ItemsAsync(); // its tables are made at first use
            return store.Read(reader => Write(reader.Sql));
        }
    }

    private static string Write(ReadTransaction sql)
    {
        var text = new StringBuilder(Head);
        foreach (var (component, version) in sql.Query("SELECT component, version FROM schema_version ORDER BY component", static row => (row.GetText(0), row.GetInt32(1))))
        {
            text.Append(CultureInfo.InvariantCulture, $"-- {component} {version}\n");
        }

        // The tables behind a virtual table are its own matter.
        var statements = sql.Query(
            """
            SELECT s.sql FROM sqlite_schema s
            WHERE s.sql IS NOT NULL AND s.tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')
            ORDER BY s.tbl_name, s.type = 'table' DESC, s.type, s.name
            """,
            static row => row.GetText(0));
        return statements.Aggregate(text, static (all, one) => all.Append('\n').Append(one.Replace("\r", "", StringComparison.Ordinal)).Append(";\n")).ToString();
    }
}
