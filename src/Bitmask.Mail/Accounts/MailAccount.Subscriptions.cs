using System.Text;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>All names that are subscribed to, in order; some of them may have no mailbox (any more).</summary>
    public IReadOnlyList<string> Subscriptions() => _store.Read(static store => SubscriptionTable.Names(store.Sql));

    /// <summary>
    /// Subscribes to a name, or unsubscribes. A subscription belongs to the name: it outlives the mailbox, and only its owner ends it
    /// (RFC 3501 §6.3.6). Unsubscribing what was not subscribed is no fault (RFC 9051 §6.3.8).
    /// </summary>
    /// <exception cref="MailException">There is no mailbox to subscribe to.</exception>
    public Task SubscribeAsync(string name, bool subscribed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        var normal = MailboxName.Normalise(name) ?? throw MailErrors.NoMailbox();
        return WriteAsync(
            tx =>
            {
                if (subscribed && !SubscriptionTable.Holds(tx.Store.Sql, normal) && FindByName(tx.Store.Sql, normal) is null)
                {
                    throw MailErrors.NoMailbox();
                }

                Subscribe(tx, normal, subscribed);
                return true;
            },
            cancellationToken);
    }

    private void Subscribe(MailTransaction tx, string name, bool subscribed)
    {
        var id = DocumentIds.OfSubscription(Derive("subscription", Encoding.UTF8.GetBytes(name)));
        var stored = tx.Store.Get(id);
        var document = MailJson.TryRead(stored?.Json, MailJson.Subscription);
        if ((document?.Subscribed.Value ?? false) == subscribed)
        {
            return;
        }

        var changed = (document ?? new SubscriptionDocument { Mbox = name }) with { Subscribed = tx.Clock.Stamp(subscribed) };
        var json = MailJson.Write(changed, MailJson.Subscription);
        if (stored is null)
        {
            tx.Store.Create(id, json);
        }
        else
        {
            tx.Store.Put(id, stored.Rev, json);
        }
    }
}
