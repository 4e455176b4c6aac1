using System.Globalization;

namespace Bitmask.Provider;

/// <summary>The ports that are really listened on, known once the host has started: a setting of 0 lets the system choose.</summary>
internal sealed class ProviderPorts
{
    public int Web { get; set; }

    public int Api { get; set; }

    public int Soledad { get; set; }

    public int Nicknym { get; set; }

    public int Mx { get; set; }

    public int Submission { get; set; }

    /// <summary>The port as it stands in an https URL: nothing for 443.</summary>
    public string Suffix(int port) => port == 443 ? "" : string.Create(CultureInfo.InvariantCulture, $":{port}");
}
