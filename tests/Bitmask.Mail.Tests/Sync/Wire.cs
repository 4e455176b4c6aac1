using Bitmask.Soledad;

namespace Bitmask.Mail.Tests;

/// <summary>Hands documents from one device to another, as a provider between them would, in an order of the test's choice.</summary>
internal static class Wire
{
    /// <summary>Everything that <paramref name="from"/> changed since it was last asked goes to <paramref name="to"/>.</summary>
    public static async Task<int> SendAsync(MailHome from, MailHome to, Func<IEnumerable<Document>, IEnumerable<Document>>? order = null)
    {
        var known = to.Store.Read(reader => reader.GetSync(from.Store.ReplicaUid)).Generation;
        var changes = from.Store.Read(reader => reader.Changes(known).Select(change => (change, reader.Get(change.Id)!)).ToList());
        var (generation, transaction) = changes.Count == 0 ? (0, "") : (changes[^1].change.Generation, changes[^1].change.TransactionId);
        var documents = changes.Select(change => change.Item2);
        foreach (var document in order is null ? documents : order(documents))
        {
            await to.Store.WriteAsync(tx => tx.InsertFromSync(document, new SyncSource(from.Store.ReplicaUid, generation, transaction)));
        }

        return changes.Count;
    }

    /// <summary>Both ways, settled, until nobody has news.</summary>
    public static async Task ConvergeAsync(MailHome one, MailHome other)
    {
        for (var round = 0; round < 10; round++)
        {
            var sent = await SendAsync(one, other);
            await other.Account.SettleAsync();
            sent += await SendAsync(other, one);
            await one.Account.SettleAsync();
            if (sent == 0)
            {
                return;
            }
        }

        Assert.Fail("The devices never come to rest.");
    }

    /// <summary>What a user sees of an account; UIDs are each device's own.</summary>
    public static IReadOnlyList<string> Show(MailHome home)
        => [.. home.Account.Subscriptions().Select(name => "subscribed to " + name).Concat(home.Account.Mailboxes().SelectMany(mailbox => home.Account.Open(mailbox.Id).Entries
            .Select(entry => $"{mailbox.Name} {entry.Id} {entry.Size} {string.Join(' ', entry.Flags.Order(StringComparer.Ordinal))} {home.Account.Content(entry.Id).Length}")
            .Prepend(mailbox.Name + (mailbox.IsSubscribed ? " subscribed" : "") + mailbox.SpecialUse))).Order(StringComparer.Ordinal)];
}
