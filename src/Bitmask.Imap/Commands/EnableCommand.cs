using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>ENABLE (RFC 5161). What is not known is passed over; the answer names what was switched on.</summary>
internal sealed record EnableCommand(IReadOnlyList<string> Names) : ImapCommand
{
    private const int MaxNames = 100;

    public static EnableCommand Parse(CommandScanner scanner)
    {
        var names = new List<string>();
        scanner.Space();
        do
        {
            names.Add(scanner.Atom().ToUpperInvariant());
        }
        while (scanner.TryTake((byte)' ') && !scanner.AtEnd);
        return names.Count <= MaxNames ? new EnableCommand(names) : throw new ImapSyntaxException("Too many names");
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var enabled = new List<string>();
        foreach (var name in Names)
        {
            if (Feature(name) is var (feature, spelling) && (session.Features & feature) != feature)
            {
                if ((feature & Features.CondStore) != 0)
                {
                    session.EnableCondStore();
                }

                session.Enable(feature);
                enabled.Add(spelling);
            }
        }

        session.Output.Untagged(string.Join(' ', enabled.Prepend("ENABLED")));
        return new(ImapReply.Ok("ENABLE completed"));
    }

    private static (Features Feature, string Spelling)? Feature(string name) => name switch
    {
        "CONDSTORE" => (Features.CondStore, name),
        "QRESYNC" => (Features.CondStore | Features.QResync, name),
        "UTF8=ACCEPT" => (Features.Utf8, name),
        "IMAP4REV2" => (Features.Rev2, "IMAP4rev2"),
        _ => null,
    };
}
