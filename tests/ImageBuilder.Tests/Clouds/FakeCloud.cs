using System.Collections.Concurrent;
using ImageBuilder.Clouds;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Clouds;

/// <summary>A cloud that keeps in memory what it is told, and fails when it is told to. Its regions outlive the runs of a test.</summary>
internal sealed class FakeCloud : ICloud
{
    private readonly ConcurrentDictionary<CloudPlace, FakeRegion> _places = new();
    private readonly ConcurrentDictionary<(string Region, string Account), FakeStock> _stocks = new();
    private int _calls;

    /// <summary>The account of who acts where no role is taken on.</summary>
    public const string Home = "111122223333";

    public string Name => "fake";

    public string? HomeRegion => "eu-west-1";

    public bool IsEmulated => false;

    /// <summary>Calls so far, as <c>region call</c>; those that change something begin with a capital letter.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Decides with the number of a call whether it fails before it has an effect, or after.</summary>
    public Func<string, int, Failing> Fails { get; set; } = (_, _) => Failing.Never;

    /// <summary>Types of instances that are to be had.</summary>
    public HashSet<string> Types { get; } = ["m5.large"];

    /// <summary>What is said to who asks whether an instance may be started; null: it may.</summary>
    public ProblemException? Refusal { get; set; }

    /// <summary>No agent answers.</summary>
    public bool Silent { get; set; }

    /// <summary>Of the organization; none: there is no organization.</summary>
    public List<CloudAccount> Accounts { get; } = [];

    public Dictionary<string, CloudRole> Roles { get; } = [];

    /// <summary>Permissions of images do not stay.</summary>
    public bool Forgets { get; set; }

    public DateTimeOffset Now { get; set; } = new(2026, 11, 27, 0, 0, 0, TimeSpan.Zero);

    public ICloudRegion At(CloudPlace place) => _places.GetOrAdd(place, p => new FakeRegion(this, p, StockOf(p.Region, AccountOf(p))));

    /// <summary>What an account has in a region.</summary>
    public FakeStock StockOf(string region, string account = Home) => _stocks.GetOrAdd((region, account), _ => new FakeStock());

    /// <summary>Who acts at a place.</summary>
    public static string AccountOf(CloudPlace place) => place.Role?.Split(':')[4] ?? Home;

    /// <summary>Forgets which calls there were.</summary>
    public void Restart()
    {
        Calls.Clear();
        _calls = 0;
    }

    public async Task<T> DoAsync<T>(string region, string call, Func<T> effect, CancellationToken cancel)
    {
        await Task.Yield();
        cancel.ThrowIfCancellationRequested();
        Calls.Enqueue($"{region} {call}");
        var failing = Fails($"{region} {call}", Interlocked.Increment(ref _calls));
        if (failing == Failing.Before) throw Lost(region, call);
        T done;
        lock (StockOf(region)) done = effect();
        return failing == Failing.After ? throw Lost(region, call) : done;
    }

    public void Dispose() { }

    private static ProblemException Lost(string region, string call) =>
        new(ExitCode.BuildFailed, new Problem("IB0001", $"{call} failed in {region}.", "The test wants it.", "Do it again."));
}

internal enum Failing { Never, Before, After }

/// <summary>What there is in a region.</summary>
internal sealed class FakeStock
{
    public Dictionary<string, CloudImage> Images { get; } = [];

    public Dictionary<string, LaunchPermissions> Permissions { get; } = [];

    public Dictionary<string, FakeSnapshot> Snapshots { get; } = [];

    public Dictionary<string, string> Parameters { get; } = [];

    /// <summary>Images of the versions of each launch template, from 1; the default one.</summary>
    public Dictionary<string, (List<string?> Images, long Default)> Templates { get; } = [];

    public Dictionary<string, byte[]> Objects { get; } = [];

    public Dictionary<string, CloudInstance> Instances { get; } = [];

    public Dictionary<string, NewInstance> Started { get; } = [];

    public Dictionary<string, CloudGroup> Groups { get; } = [];

    public int Restarts { get; set; }

    /// <summary>What commands were said to be.</summary>
    public List<string> Comments { get; } = [];

    /// <summary>Where the files of its machines lie.</summary>
    public string Machine { get; set; } = "";

    public Dictionary<string, TransferTask> Transfers { get; } = [];

    /// <summary>What an export writes; null: nothing.</summary>
    public byte[]? Exported { get; set; }

    /// <summary>Format and bytes of what each import of a snapshot has read.</summary>
    public Dictionary<string, (string Format, byte[] Bytes)> Imported { get; } = [];

    /// <summary>Why transfers fail; null: they do not.</summary>
    public string? TransferFailure { get; set; }

    /// <summary>Where all buckets are; null: here.</summary>
    public string? BucketRegion { get; set; }

    /// <summary>The only bucket; null: any that is asked for.</summary>
    public string? Bucket { get; set; }

    /// <summary>How many objects are listed at once.</summary>
    public int PageSize { get; set; } = 2;

    /// <summary>What tokens have made.</summary>
    public Dictionary<string, string> Tokens { get; } = [];

    /// <summary>Account that its buckets belong to; null: nobody asks.</summary>
    public string? BucketOwner { get; set; }

    public List<string> Messages { get; } = [];

    /// <summary>States of keys, by the names they are called.</summary>
    public Dictionary<string, string> Keys { get; } = [];

    /// <summary>License configurations of each image, by its ARN.</summary>
    public Dictionary<string, HashSet<string>> Licenses { get; } = [];

    public Dictionary<string, FastLaunch> FastLaunches { get; } = [];

    /// <summary>Other accounts that may read each snapshot.</summary>
    public Dictionary<string, HashSet<string>> Readers { get; } = [];

    public Dictionary<string, (CloudShare Share, List<ShareMember> Members)> Shares { get; } = [];

    /// <summary>Why resources cannot be shared; null: they can.</summary>
    public string? Unshareable { get; set; }

    private int _ids;

    public string NewId(string kind) => $"{kind}-{++_ids:x8}";
}

internal sealed class FakeSnapshot(CloudSnapshot shown, string? parent)
{
    public CloudSnapshot Shown { get; set; } = shown;

    public string? Parent { get; } = parent;

    /// <summary>Those that were put; an empty one is all zeros.</summary>
    public Dictionary<int, byte[]> Blocks { get; } = [];

    public string Token { get; init; } = "";
}
