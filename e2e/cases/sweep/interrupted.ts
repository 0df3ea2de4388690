// Stands for a run that is ended before it can tear anything down: node … interrupted.ts ID DIRECTORY
import { startSweeper } from '../../run/start-sweeper.ts';

const [id = '', directory = ''] = process.argv.slice(2);
startSweeper({ id, directory, hasEngine: true });
console.log('started');
