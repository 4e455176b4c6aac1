using System.Globalization;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// Brings what can be read of an account's damaged databases into new ones (docs/decisions/0030). What only this device has comes first and decides: without the account's keys nothing is done. All the
/// rest the provider has, and the next sync compares everything with it; what is missing here is absent, never deleted.
/// </summary>
internal sealed class AccountSalvage(AccountDirectory directory, UserId user, EmailAddress address, SecretBytes databaseKey, TimeProvider clock)
{
    private const string ChangeStream = "mail_change";

    private readonly List<string> _lost = [];
    private long _damaged;
    private StoreLoss _documents = new(0, 0, 0);

    /// <summary>Finishes a salvage that was done and not yet in place.</summary>
    public void FinishPending() => SalvageSwap.FinishPending(directory.FolderOf(user));

    /// <summary>Salvages the files that are damaged; null when none is.</summary>
    /// <exception cref="DaemonException">Too much is lost; nothing was changed.</exception>
    public async Task<StoreSalvaged?> RunAsync(CancellationToken cancellationToken)
    {
        var files = new[] { directory.Database(user), directory.Blobs(user) }.Where(File.Exists).Where(IsDamaged).ToList();
        if (files.Count == 0)
        {
            return null;
        }

        var swap = new SalvageSwap(directory.FolderOf(user));
        try
        {
            foreach (var file in files)
            {
                using var source = DatabaseSalvage.TryOpen(file, databaseKey) ?? throw TooMuch($"Of {Path.GetFileName(file)} no page can be read.");
                _damaged += source.CountDamagedPages();
                var made = Path.Combine(swap.Building, Path.GetFileName(file));
                await (file == directory.Database(user) ? SalvageStoreAsync(source, made, cancellationToken) : SalvageBlobsAsync(source, made, cancellationToken));
            }

            return new StoreSalvaged(swap.Complete(clock.GetUtcNow()), _damaged, _documents.Documents, _documents.LostDocuments, _lost);
        }
        catch
        {
            swap.Abandon();
            throw;
        }
    }

    /// <summary>Looks at the pages first, so that a file with damaged ones is never opened by what might write to it.</summary>
    private bool IsDamaged(string path)
    {
        using (var source = DatabaseSalvage.TryOpen(path, databaseKey))
        {
            if (source is null || source.CountDamagedPages() > 0)
            {
                return true;
            }
        }

        try
        {
            using var database = Database.OpenEncrypted(path, databaseKey);
            return database.CheckIntegrity().Count > 0;
        }
        catch (DatabaseException damaged) when (damaged is DatabaseDamagedException or WrongDatabaseKeyException)
        {
            return true;
        }
    }

    private async Task SalvageStoreAsync(DatabaseSalvage source, string path, CancellationToken cancellationToken)
    {
        var (store, projection) = AccountStore.Open(path, databaseKey, clock);
        using (store)
        {
            var tables = TablesOf(store.Database).Except(StoreSalvage.Derived).Except(MailSalvage.Derived).ToList();
            source.FindStrays(store.Database, tables, StoreSalvage.MayBeOld);
            var first = tables.Except(MailSalvage.Owed).ToList();
            var copied = await CopyAsync(source, store.Database, first, cancellationToken);
            RequireKeys(store);
            _documents = await StoreSalvage.MendAsync(store, [.. MailProjection.ForBlobs(clock), .. KeyManager.Projections], cancellationToken);
            var outgoing = await store.WriteAsync(
                tx => MailSalvage.Mend(tx.Sql, address, copied.Single(static table => table.Name == ChangeStream).IsWhole, clock.GetUtcNow()), cancellationToken);
            await MailReindex.RunAsync(store, projection, cancellationToken);
            await CopyAsync(source, store.Database, MailSalvage.Owed, cancellationToken);
            var commands = await MailSalvage.SettleAsync(store, cancellationToken);
            Note(_documents.LostChanges, "documents that were changed here and that the provider did not have yet");
            Note(outgoing, "mails that waited to be sent");
            Note(commands, "commands over many messages whose effect the provider did not have yet");
        }
    }

    private async Task SalvageBlobsAsync(DatabaseSalvage source, string path, CancellationToken cancellationToken)
    {
        using var database = BlobSalvage.Create(path, databaseKey);
        var tables = TablesOf(database).Except(StoreSalvage.Derived).ToList();
        source.FindStrays(database, tables, []);
        await CopyAsync(source, database, tables, cancellationToken);
        Note(await BlobSalvage.MendAsync(database, cancellationToken), "large parts of mail that the provider did not have yet");
    }

    private async Task<List<SalvagedTable>> CopyAsync(DatabaseSalvage source, Database target, IEnumerable<string> tables, CancellationToken cancellationToken)
    {
        var copied = new List<SalvagedTable>();
        foreach (var table in tables)
        {
            copied.Add(await source.CopyAsync(target, table, cancellationToken));
        }

        _lost.AddRange(copied.Where(static table => !table.IsWhole).Select(static table => table.IsMissing
            ? string.Create(CultureInfo.InvariantCulture, $"the place of the table {table.Name}; {table.Rows} rows of it were found")
            : string.Create(CultureInfo.InvariantCulture, $"{table.LostPages} pages and {table.LostRows} rows of the table {table.Name}")));
        return copied;
    }

    private void RequireKeys(SoledadStore store)
    {
        if (!store.Read(AccountKeys.AreSaved))
        {
            throw TooMuch("The account's keys were in a part that can not be read.");
        }

        AccountKeys.Open(store, user).Dispose();
    }

    private void Note(long count, string what)
    {
        if (count > 0)
        {
            _lost.Insert(0, string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
        }
    }

    private static DaemonException TooMuch(string why)
        => new("not-salvageable", why + " Nothing was changed.", "Move the account's folder away and unlock the account again: what the provider has comes back. Keep the folder: it may hold mail that was not sent yet.");

    /// <summary>Those that others refer to come first.</summary>
    private static List<string> TablesOf(Database database) => database.Read(static tx => tx.Query(
        """
        SELECT s.name FROM sqlite_schema s JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name AND l.type = 'table'
        WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY s.sql LIKE '%REFERENCES%', s.name
        """,
        static row => row.GetText(0)));
}
