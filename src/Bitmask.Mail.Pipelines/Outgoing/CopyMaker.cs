using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>One set of octets and who gets it.</summary>
internal sealed record OutgoingCopy(byte[] Raw, IReadOnlyList<ReadyRecipient> Recipients);

/// <summary>
/// Makes the copies of a mail: one encrypted to all recipients who are named in To and Cc and to the sender, one encrypted to each hidden
/// recipient alone (a key id would give away the others), one in clear, signed. All have the same Message-ID, and Bcc is in none. A mail that was encrypted
/// before it was handed in is one copy for all, as it came.
/// </summary>
internal sealed class CopyMaker(KeyManager keys, EmailAddress sender, OutgoingOptions options, TimeProvider clock)
{
    public (List<OutgoingCopy> Copies, List<(ReadyRecipient Recipient, string Reason)> Refused) Make(
        RawMessage message, ClientProtection protection, IReadOnlyList<ReadyRecipient> recipients)
    {
        var copies = new List<OutgoingCopy>();
        var refused = new List<(ReadyRecipient, string)>();
        var plain = recipients.Where(recipient => recipient.Certificate is null).ToList();
        if (plain.Count > 0)
        {
            copies.Add(new OutgoingCopy(InClear(), plain));
        }

        var encrypted = recipients.Where(recipient => recipient.Certificate is not null).ToList();
        if (encrypted.Count > 0 && keys.OwnKey() is OwnKey.Present { Key: var own })
        {
            var named = MailAddresses.All(message, "To", "Cc");
            var visible = encrypted.Where(recipient => named.Contains(recipient.Row.Address)).ToList();
            Add(visible, own, withSelf: true);
            encrypted.Except(visible).ToList().ForEach(hidden => Add([hidden], own, withSelf: false));
        }
        else
        {
            refused.AddRange(encrypted.Select(recipient => (recipient, "The account's own key is not on this device yet, so the mail can not be signed.")));
        }

        return (copies, refused);

        // What a program encrypted itself keeps what that program says of its keys, and gets nothing of ours.
        byte[] InClear() => protection == ClientProtection.Encrypted ? OutgoingMessage.PassedOn(message)
            : keys.OwnKey() is not OwnKey.Present present ? OutgoingMessage.Plain(message)
            : Signed(present.Key) ?? OutgoingMessage.Plain(WithKey(present.Key), Fields(present.Key, []).Own);

        // The address on the other side has shown no program that reads the Autocrypt field; who gets an encrypted copy has one, or looks keys up.
        RawMessage WithKey(OpenPgpSecretKey own)
            => protection == ClientProtection.None && own.Certificate.HasAddress(sender) && plain.Exists(recipient => keys.IsFirstContact(recipient.Row.Address))
                ? KeyAttachment.Add(message, own.Certificate.Minimal(sender)) : message;

        byte[]? Signed(OpenPgpSecretKey own)
        {
            try
            {
                return options.SignsClear && protection == ClientProtection.None ? SignedCopy.Create(WithKey(own), own, clock.GetUtcNow(), Fields(own, []).Own) : null;
            }
            catch (UnusableKeyException)
            {
                return null; // In clear it may leave without a signature, too: the status tells of the own key.
            }
        }

        AutocryptFields Fields(OpenPgpSecretKey own, List<ReadyRecipient> named)
            => AutocryptFields.Of(sender, own.Certificate, options.PrefersEncryption, named.ConvertAll(recipient => (recipient.Row.Address, recipient.Certificate!)), clock.GetUtcNow());

        void Add(List<ReadyRecipient> to, OpenPgpSecretKey own, bool withSelf)
        {
            if (to.Count == 0)
            {
                return;
            }

            try
            {
                var now = clock.GetUtcNow();
                var self = withSelf && own.Certificate.CanEncryptAt(now) ? [own.Certificate] : Array.Empty<OpenPgpCertificate>();
                var certificates = to.Select(recipient => recipient.Certificate!).Concat(self).DistinctBy(certificate => certificate.Fingerprint).ToList();
                copies.Add(new OutgoingCopy(EncryptedCopy.Create(message, certificates, own, now, Fields(own, withSelf ? to : [])), to));
            }
            catch (UnusableKeyException e)
            {
                refused.AddRange(to.Select(recipient => (recipient, e.Message)));
            }
        }
    }
}
