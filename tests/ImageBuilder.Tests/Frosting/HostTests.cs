using System.Reflection;
using Cake.Core;
using Cake.Core.Composition;
using Cake.Core.IO;
using Cake.Core.Packaging;
using Cake.Frosting;
using Microsoft.Extensions.DependencyInjection;
using Path = System.IO.Path;

namespace ImageBuilder.Tests.Frosting;

public sealed class HostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("frosting").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Where : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note(context.Environment.WorkingDirectory.FullPath);
    }

    private sealed class Tools : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note($"tools in {context.Configuration.GetValue("Paths_Tools")}");
    }

    [Fact]
    public void The_working_directory_is_the_hosts_unless_the_command_line_names_another()
    {
        var given = Directory.CreateDirectory(Path.Combine(_folder, "given")).FullName;
        var asked = Directory.CreateDirectory(Path.Combine(_folder, "asked")).FullName;

        Assert.Equal([given], Host.With(typeof(Where)).And(h => h.UseWorkingDirectory(given)).Run("--target=Where").Did);
        Assert.Equal([asked], Host.With(typeof(Where)).And(h => h.UseWorkingDirectory(given)).Run("--target=Where", "--working", asked).Did);
    }

    [Fact]
    public void A_working_directory_that_does_not_exist_is_an_error_that_names_it()
    {
        var missing = Path.Combine(_folder, "missing");
        var host = Host.With(typeof(Where)).Run("--target=Where", "-w", missing);

        Assert.Empty(host.Did);
        Assert.Equal(1, host.ExitCode);
        Assert.Contains($"'{missing}'", host.Output.ReplaceLineEndings(""), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_setting_of_Cake_the_last_one_given_to_the_host_counts_and_the_command_line_before_it()
    {
        var host = Host.With(typeof(Tools)).And(h => h.UseCakeSetting("paths_tools", "/first").SetToolPath("/second"));
        Assert.Equal(["tools in /second"], host.Run("--target=Tools").Did);

        host = Host.With(typeof(Tools)).And(h => h.SetToolPath("/second"));
        Assert.Equal(["tools in /third"], host.Run("--target=Tools", "--paths_tools=/third").Did);
    }

    private sealed class Installer(Journal journal, IFileSystem files) : IPackageInstaller
    {
        public bool CanInstall(PackageReference package, PackageType type) => package.Scheme == "test";

        public IReadOnlyCollection<IFile> Install(PackageReference package, PackageType type, DirectoryPath path)
        {
            journal.Add($"installs {package.Package}");
            return package.Package == "nothing" ? [] : [files.GetFile("/bin/sh")];
        }
    }

    private sealed class UsesTool : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note($"uses {context.Tools.Resolve("sh")}");
    }

    [Fact]
    public void Tools_are_installed_before_the_first_task_and_can_be_found_by_it()
    {
        var host = Host.With(typeof(UsesTool)).And(h => h
            .UsePackageInstaller<Installer>()
            .InstallTool(new Uri("test:?package=one"))
            .InstallTool(new Uri("test:?package=two")));

        Assert.Equal(["installs one", "installs two", "uses /bin/sh"], host.Run("--target=UsesTool").Did);
    }

    [Theory]
    [InlineData("test:?package=nothing", "nothing")]
    [InlineData("unknown:?package=some", "unknown")]
    public void A_tool_that_cannot_be_installed_ends_the_run(string tool, string named)
    {
        var host = Host.With(typeof(UsesTool)).And(h => h.UsePackageInstaller<Installer>().InstallTool(new Uri(tool))).Run("--target=UsesTool");

        Assert.DoesNotContain(host.Did, entry => entry.StartsWith("uses", StringComparison.Ordinal));
        Assert.Equal(1, host.ExitCode);
        Assert.Contains($"'{named}'", host.Output, StringComparison.Ordinal);
    }

    private sealed record Greeting(string Text);

    private sealed class Startup : IFrostingStartup
    {
        public void Configure(IServiceCollection services) => services.AddSingleton(new Greeting("hello"));
    }

    private sealed class Module : ICakeModule
    {
        public void Register(ICakeContainerRegistrar registrar) => registrar.RegisterInstance(new Greeting("hello"));
    }

    private sealed class Greets(Greeting greeting) : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note(greeting.Text);
    }

    [Fact]
    public void Tasks_get_what_startups_and_modules_register()
    {
        Assert.Equal(["hello"], Host.With(typeof(Greets)).And(h => h.UseStartup<Startup>()).Run("--target=Greets").Did);
        Assert.Equal(["hello"], Host.With(typeof(Greets)).And(h => h.UseModule<Module>()).Run("--target=Greets").Did);
    }

    private sealed class AsyncResource : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => throw new InvalidOperationException("disposed by the host");
    }

    private sealed class UsesResource(AsyncResource resource) : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note(resource.GetType().Name);
    }

    [Fact]
    public void A_service_that_can_only_be_disposed_asynchronously_does_no_harm()
    {
        var host = Host.With(typeof(UsesResource)).And(h => h.ConfigureServices(s => s.AddSingleton<AsyncResource>())).Run("--target=UsesResource");

        Assert.Equal(["AsyncResource"], host.Did);
        Assert.Equal(0, host.ExitCode);
    }

    private sealed class NamesContext : FrostingTask
    {
        public override void Run(ICakeContext context) => ((JournalContext)context).Note(context.GetType().Name);
    }

    [Fact]
    public void A_task_without_a_context_of_its_own_gets_that_of_the_host() =>
        Assert.Equal(["JournalContext"], Host.With(typeof(NamesContext)).Run("--target=NamesContext").Did);

    private sealed class Found : FrostingTask<JournalContext>
    {
        public override void Run(JournalContext context) => context.Note("found");
    }

    private sealed class AssemblyOf(params Type[] exported) : Assembly
    {
        public override Type[] GetExportedTypes() => exported;
    }

    [Fact]
    public void Tasks_are_found_among_the_public_types_of_assemblies_that_were_added()
    {
        var assembly = new AssemblyOf(typeof(string), typeof(FrostingTask<JournalContext>), typeof(Found));

        Assert.Equal(["found"], Host.With().And(h => h.AddAssembly(assembly)).Run("--target=Found").Did);
    }

    [Fact]
    public void An_assembly_that_is_added_twice_is_an_error_because_its_tasks_are()
    {
        var assembly = new AssemblyOf(typeof(Found));
        var host = Host.With().And(h => h.AddAssembly(assembly).AddAssembly(assembly)).Run("--target=Found");

        Assert.Empty(host.Did);
        Assert.Equal(1, host.ExitCode);
        Assert.Contains("'Found'", host.Output, StringComparison.Ordinal);
    }
}
