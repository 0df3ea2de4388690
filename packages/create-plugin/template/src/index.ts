export { myPlugin, type MyPluginOptions } from './my-plugin.ts';
