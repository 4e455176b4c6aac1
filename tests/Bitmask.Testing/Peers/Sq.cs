namespace Bitmask.Testing.Peers;

/// <summary>The <c>sq</c> program (Sequoia-PGP) with a folder of its own that is gone after the test. It has no clock but the machine's.</summary>
public sealed class Sq : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bitmask-").FullName;
    private int _files;

    public static bool IsThere { get; } = PeerProgram.IsThere("sq");

    /// <summary>Where the input of a run lies when a command wants a file.</summary>
    public string WriteFile(ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(_folder, "file-" + _files++);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Makes a key and returns the file with both halves and the octets of the public one.</summary>
    public (string Secret, byte[] Public) MakeKey(string userId, params string[] options)
    {
        var secret = Path.Combine(_folder, "key-" + _files++);
        Run(["key", "generate", "--userid", userId, .. options, "--export", secret], ReadOnlyMemory<byte>.Empty).Succeeded();
        return (secret, Run(["key", "extract-cert", "--binary", secret], ReadOnlyMemory<byte>.Empty).Succeeded().Output);
    }

    public PeerAnswer Run(string[] arguments, ReadOnlyMemory<byte> input) => PeerProgram.Run("sq", _folder, arguments, input);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
