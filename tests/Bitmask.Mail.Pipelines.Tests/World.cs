using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Mail.Pipelines.Tests;

/// <summary>Alice and Bob with accounts, Mallory with a key and bad intentions, one directory, one clock.</summary>
internal sealed class World : IAsyncDisposable
{
    private World(KeyDirectoryDouble directory, FakeTimeProvider clock, Person alice, Person bob) => (Directory, Clock, Alice, Bob) = (directory, clock, alice, bob);

    public KeyDirectoryDouble Directory { get; }

    public FakeTimeProvider Clock { get; }

    public Person Alice { get; }

    public Person Bob { get; }

    public static async Task<World> StartAsync()
    {
        var directory = new KeyDirectoryDouble();
        var clock = Person.NewClock();
        return new World(directory, clock, await Person.StartAsync("alice@red.test", directory, clock), await Person.StartAsync("bob@blue.test", directory, clock));
    }

    public static byte[] Octets(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));

    /// <summary>A mail arrives for Bob: the provider wraps it.</summary>
    public string Deliver(byte[] mail) => Bob.Box.Add(BoxDouble.Wrap(mail, Bob.Certificate));

    /// <summary>As <see cref="Deliver"/>, then one pass of Bob's pipeline; gives what was filed.</summary>
    public async Task<EntryId> ReceiveAsync(byte[] mail)
    {
        Deliver(mail);
        await Bob.Incoming.WorkAsync();
        return Bob.Inbox()[^1];
    }

    public async ValueTask DisposeAsync()
    {
        await Alice.DisposeAsync();
        await Bob.DisposeAsync();
        Directory.Dispose();
    }
}
