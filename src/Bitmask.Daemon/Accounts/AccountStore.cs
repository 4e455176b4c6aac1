using Bitmask.Daemon.Tokens;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Accounts;

/// <summary>Opens an account's database the one way it is opened: with all that derives tables from its documents.</summary>
internal static class AccountStore
{
    public const string FileName = "soledad.db";

    public static (SoledadStore Store, MailProjection Projection) Open(string path, SecretBytes databaseKey, TimeProvider clock)
    {
        var projection = new MailProjection(clock);
        var store = SoledadStore.Open(path, databaseKey, new SoledadOptions
        {
            Projections = [projection, .. MailProjection.ForBlobs(clock), .. KeyManager.Projections],
            Resolvers = [.. MailProjection.Resolvers, .. KeyManager.ConflictResolvers],
            Clock = clock,
        });
        try
        {
            store.WriteAsync(transaction => Migrations.Apply(transaction.Sql, [ClientTokens.Schema, ClientTokens.ScramSchema])).GetAwaiter().GetResult();
            return (store, projection);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
