using Bitmask.Daemon.Settings;

namespace Bitmask.Daemon.Tests.World;

/// <summary>A test that begins with an honest provider and one device, online, on which an account was just made.</summary>
/// <param name="town">The provider and what is around it.</param>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public abstract class AccountTest(Town town) : IAsyncLifetime
{
    /// <summary>The provider and what is around it.</summary>
    protected Town Town { get; } = town;

    /// <summary>The device that the account was made on.</summary>
    private protected Device First { get; private set; } = null!;

    /// <summary>The account.</summary>
    protected string Address { get; private set; } = null!;

    /// <summary>What the device is set to.</summary>
    private protected virtual DaemonSettings Settings => Town.Settings;

    /// <summary>Makes the account.</summary>
    public virtual async ValueTask InitializeAsync()
    {
        Town.Proxy.Reset();
        Town.Proxy.CertificateFor = Town.CertificateFor;
        First = await Device.StartAsync(Settings);
        Address = Town.NewAddress();
        await First.CreateAsync(Address);
    }

    /// <summary>Ends the device.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await First.DisposeAsync();
    }
}
