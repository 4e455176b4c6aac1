using Bitmask.Keys.Documents;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Keys;

/// <content>Whom the user has written to.</content>
public sealed partial class KeyManager
{
    /// <summary>
    /// Whether the user's own key may be news to an address: no mail of it has shown a program that does Autocrypt, and none of the user's went there, from any of the account's devices.
    /// </summary>
    public bool IsFirstContact(EmailAddress address)
    {
        var asked = KeyAddress.Normalize(address);
        return !asked.Equals(OwnAddress) && _store.Read(reader =>
            KeyDocuments.FindPeer(reader, asked) is not ({ WrittenTo: not null } or { Autocrypt.Timestamp: not null })
            && KeyDocuments.FindActive(reader, asked, isPrivate: false)?.EncrUsed != true);
    }

    /// <summary>Notes that a mail to an address has left, once for each address; part of the caller's transaction.</summary>
    public void MarkWritten(StoreTransaction transaction, EmailAddress address)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var asked = KeyAddress.Normalize(address);
        var peer = KeyDocuments.FindPeer(transaction, asked) ?? PeerDocument.Of(asked);
        if (!asked.Equals(OwnAddress) && peer.WrittenTo is null)
        {
            Write(transaction, peer, peer with { WrittenTo = Whole(_clock.GetUtcNow()) });
        }
    }
}
