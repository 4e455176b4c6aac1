using Bitmask.Keys;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Gives the verdict on a mail that is here. A signature whose key was not known when the mail came is checked again with the keys known now, over the octets
/// that were kept for it; nothing of that is written back, for the facts are what was found then.
/// </summary>
/// <param name="account">The account's mail.</param>
/// <param name="keys">The account's keys.</param>
/// <param name="clock">The time.</param>
public sealed class VerdictReader(MailAccount account, KeyManager keys, TimeProvider clock)
{
    /// <summary>The verdict now.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public MessageVerdict Read(EntryId entry)
    {
        var facts = account.Security(entry);
        if (facts?.Layers.Any(IsOpen) == true)
        {
            facts = CheckAgain(entry, facts);
        }

        return MessageVerdict.Of(facts, facts?.Signer is { } signer ? keys.Entries(EmailAddress.TryParse(facts.From, out var from) ? from : null, new Fingerprint(signer)) : []);
    }

    private static bool IsOpen(SecurityLayer layer)
        => layer is { Kind: SecurityLayer.Signature, Result: SecurityLayer.UnknownKey, SigPackets.Count: > 0, Range: [>= 0, >= 0] };

    private SecurityFacts CheckAgain(EntryId entry, SecurityFacts facts)
    {
        var own = EmailAddress.TryParse(facts.From, out var from) ? keys.Signers(from) : [];
        var candidates = new SignerCandidates(() => own, keys.Holders(facts.Makers));
        var content = account.Content(entry);
        var layers = facts.Layers.Select(layer => IsOpen(layer) ? Check(layer, content.Span, candidates) : layer).ToList();
        return facts with { Layers = layers, Signer = facts.Signer ?? SignerCandidates.SignerOf(layers) };
    }

    private SecurityLayer Check(SecurityLayer layer, ReadOnlySpan<byte> content, SignerCandidates candidates)
    {
        if (layer.Range![0] + layer.Range[1] > content.Length)
        {
            return layer;
        }

        var packets = layer.SigPackets.SelectMany(Convert.FromBase64String).ToArray();
        var result = SignatureVerifier.VerifyDetached(content.Slice((int)layer.Range[0], (int)layer.Range[1]), packets, candidates.All, clock.GetUtcNow());
        return result.Status == SignatureStatus.UnknownKey ? layer : layer with { Fpr = result.Signer?.Value, SigTime = result.Created, Result = candidates.Word(result) };
    }
}
