using System.Security.Cryptography;
using System.Text;

namespace Bitmask.EndToEnd;

[Collection(nameof(SmallWorld))]
public sealed class AtRestTests(SmallWorld world) : WorldTest(world)
{
    /// <summary>Words from subject, body and a large attachment must be nowhere on disk: not at the providers, not in the homes, not in temp folders, not in logs.</summary>
    [Fact]
    public async Task MarkerWords_AreNowhereOnDisk()
    {
        Tool.Need("swaks");
        var (subject, body, attached) = (Marker("subject"), Marker("body"), Marker("attachment"));
        var data = new byte[1024 * 1024];
        RandomNumberGenerator.Fill(data);
        Encoding.ASCII.GetBytes(attached).CopyTo(data.AsSpan(512 * 1024));
        var letter = Post.WriteWithAttachment(World.Alice.Address, World.Bob.Address, subject, body, data);
        var inBase64 = Encoding.ASCII.GetString(letter.Body).Split("\r\n")[^3]; // a whole line of the attachment as it travels
        (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
        var outside = Post.Write("carol@outside.example", World.Bob.Address, subject, body + "\r\n");
        (await Post.DeliverAsync(World, World.Blue, "carol@outside.example", World.Bob.Address, outside)).Succeeded();
        await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);
        await Post.ReadAsync(World.FirstDevice, World.Bob, outside.MessageId);
        Directory.Delete(World.Scratch("letters"), recursive: true); // our own copies

        var hits = await SearchAsync([World.Folder, "/tmp", "/var/tmp", "/dev/shm"], [subject, body, attached, inBase64, letter.MessageId]);

        Assert.Empty(hits);
    }

    [Fact]
    public void FilesOfAHome_AreForTheirOwnerOnly()
    {
        var open = Directory.EnumerateFileSystemEntries(World.FirstDevice.Home, "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith("bitmaskd.json", StringComparison.Ordinal)) // written by the sandbox, no secret in it
            .Where(path => !path.EndsWith(".sock", StringComparison.Ordinal) && IsOpenToOthers(path));

        Assert.Empty(open);
    }

    /// <summary>The daemon works on: a file that is gone since it was listed is nobody's to read.</summary>
    private static bool IsOpenToOthers(string path)
    {
        try
        {
            return (File.GetUnixFileMode(path) & (UnixFileMode)0b000_111_111) != 0;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static string Marker(string kind) => $"marker-{kind}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10))}";

    /// <summary>The files that hold one of the words; grep passes over pipes and sockets.</summary>
    private static async Task<string> SearchAsync(IEnumerable<string> folders, IReadOnlyList<string> words)
    {
        string[] arguments = ["-rlaF", "-D", "skip", .. words.SelectMany(word => (string[])["-e", word]), .. folders.Where(Directory.Exists)];
        var found = await Tool.RunAsync("grep", arguments);
        return found.Text; // its exit code also tells of files that went away meanwhile
    }
}
