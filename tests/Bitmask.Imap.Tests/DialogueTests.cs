using System.Globalization;
using Bitmask.Testing.Dialogues;

namespace Bitmask.Imap.Tests;

/// <summary>
/// Every file of <c>Dialogues/</c>, against a real store. Settings: <c>login=no</c> begins at the greeting instead of after login, <c>mail=N</c>
/// puts the first N sample mails into INBOX, <c>max</c> is the message limit, <c>quota=USED/LIMIT</c> what the provider
/// said of its room, in octets.
/// </summary>
public class DialogueTests
{
    private const string Project = "Bitmask.Imap.Tests";

    public static IEnumerable<object[]> Files => Dialogue.Names(Project);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Dialogue_OfFile_GoesAsWritten(string name)
    {
        var dialogue = Dialogue.Read(Project, name);
        var options = new ImapOptions();
        options.MaxMessageOctets = Number("max", options.MaxMessageOctets);
        using var alice = await Alice.WithMailAsync(Number("mail", 0));
        if (dialogue.Settings.TryGetValue("quota", out var quota))
        {
            await alice.Store.WriteAsync(tx => tx.SetSetting("provider.quota", quota));
        }

        var (client, session) = alice.Connect(options);
        if (!dialogue.Settings.ContainsKey("login"))
        {
            await DialogueRunner.RunAsync(Dialogue.Parse("login", "S: * OK …\nC: . LOGIN alice@red.test right\nS: . OK …"), client);
        }

        await DialogueRunner.RunAsync(dialogue, client, alice.Clock);

        await client.Output.CompleteAsync();
        await session.WaitAsync(DialogueRunner.Patience);

        int Number(string key, int otherwise) => dialogue.Settings.TryGetValue(key, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }
}
