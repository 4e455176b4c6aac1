using SealFile;

namespace Bitmask.OpenPgp.Secret.Tests.Samples;

public sealed class SealFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bitmask-").FullName;

    [Fact]
    public void Run_AsTheReadmeSays_TheFileComesBackAndNothingElse()
    {
        var data = new byte[9_000_001];
        new Random(1).NextBytes(data);
        File.WriteAllBytes(At("plain"), data);

        foreach (var address in (string[])["alice@red.test", "bob@blue.test", "mallory@red.test"])
        {
            Assert.Equal(0, Run("key", address, _folder).Code);
        }

        Assert.Equal(0, Run("seal", At("alice@red.test.key"), At("bob@blue.test.cert"), At("plain"), At("sealed")).Code);
        var opened = Run("open", At("bob@blue.test.key"), At("alice@red.test.cert"), At("sealed"), At("opened"));

        Assert.Equal(0, opened.Code);
        Assert.StartsWith("9000001 octets, signed by ", opened.Output);
        Assert.Equal(data, File.ReadAllBytes(At("opened")));
        Assert.Equal((1, "It is not signed by that sender."), Refused("bob@blue.test.key", "mallory@red.test.cert", "sealed"));
        Assert.Equal((1, "It is for somebody else."), Refused("mallory@red.test.key", "alice@red.test.cert", "sealed"));
        File.WriteAllBytes(At("cut"), File.ReadAllBytes(At("sealed"))[..^1]);
        Assert.Equal(1, Refused("bob@blue.test.key", "alice@red.test.cert", "cut").Code);
        Assert.Equal(1, Run("seal").Code);
        Assert.Equal(10, Directory.GetFiles(_folder).Length);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (int Code, string Reason) Refused(string key, string certificate, string message)
    {
        var run = Run("open", At(key), At(certificate), At(message), At("refused"));
        Assert.False(File.Exists(At("refused")));
        return (run.Code, run.Errors.Trim());
    }

    private string At(string name) => Path.Combine(_folder, name);

    private static (int Code, string Output, string Errors) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return (SealApp.Run(args, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(People.Now), output, errors), output.ToString(), errors.ToString());
    }
}
