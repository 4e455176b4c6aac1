namespace Bitmask.Mail.Pipelines;

/// <summary>What of a mail itself counts when it is decided how it leaves.</summary>
/// <param name="IsEncrypted">The program that it comes from has encrypted it.</param>
/// <param name="AnswersEncrypted">It answers a mail that came encrypted and was opened here; only found out where the policy asks for it.</param>
internal sealed record MailTraits(bool IsEncrypted, bool AnswersEncrypted);
